// Keeps the keys in force in memory, so that a request needs no query, and events are accepted while the database is away.
import { setTimeout as delay } from 'node:timers/promises'
import { RequestProblem } from '../../contract/answer.ts'
import { hashKey, MAY_SEND } from '../../contract/key.ts'
import type { Key } from '../../storage/games/games.ts'

/** A revoked key works at most this long, if the database can be read. */
const REFRESH_INTERVAL_MS = 5_000
/** A key that reads or manages is refused if it was not checked for this long. Keys that send stay in force. */
const UNCHECKED_MS_MAX = 60_000
/** A start waits no longer than this for the keys, so that events are taken while the database hangs. */
const FIRST_LOAD_MS_MAX = 2_000
/** An unknown key may be new, so it causes a refresh, at most once in this time. */
const REFRESH_PAUSE_MS = 1_000

export interface KeyRing {
  /** Returns the entry of a key that this process knows to be in force, without a query. A key to read must be checked. */
  known(key: string): Key | undefined
  /**
   * Returns the key's entry, or undefined if the key is not in force.
   * @throws RequestProblem `unavailable` for an unknown key if the last refresh failed, because the key may be new
   */
  find(key: string): Promise<Key | undefined>
  /** Whether the key is still in force, as far as this process knows. */
  isInForce(key: Pick<Key, 'key_hash'>): boolean
  close(): Promise<void>
}

export interface OpenKeyRing extends KeyRing {
  /** False until the keys were read once. */
  hasKeys(): boolean
}

/** Where a process that starts while the database is away finds the keys that were last in force. */
export interface LastKeys {
  /** Returns undefined if no keys are stored. */
  read(): Promise<Key[] | undefined>
  store(keys: Key[]): Promise<void>
}

/**
 * Resolves after the first try to read the keys, whether it succeeds or not, or after 2 s.
 * @param load reads the keys in force, on a connection that no other query can occupy
 * @param reportError is called when a refresh fails; the keys known so far stay in force
 */
export async function openKeyRing(
  load: () => Promise<Key[]>,
  lastKeys: LastKeys,
  reportError: (error: Error) => void,
): Promise<OpenKeyRing> {
  let keys: Map<string, Key> | undefined
  // The keys by their text, because a hash for each request would be a large part of the cost of a small request.
  const byText = new Map<string, Key>()
  let loadedAtMs = Date.now()
  let checkedAtMs = Number.NEGATIVE_INFINITY
  let lastLoadFailed = false
  let loading: Promise<void> | undefined

  const onLoaded = async (loaded: Key[]) => {
    keys = byHash(loaded)
    byText.clear()
    lastLoadFailed = false
    checkedAtMs = Date.now()
    await lastKeys.store(loaded)
  }
  const onFailed = async (error: Error) => {
    lastLoadFailed = true
    reportError(error)
    if (!keys) keys = await lastKeys.read().then((last) => last && byHash(last))
  }
  const refresh = () => {
    loading ??= load()
      .then(onLoaded, onFailed)
      .catch(reportError)
      .finally(() => {
        loadedAtMs = Date.now()
        loading = undefined
      })
    return loading
  }
  await Promise.race([refresh(), delay(FIRST_LOAD_MS_MAX, undefined, { ref: false })])
  const timer = setInterval(refresh, REFRESH_INTERVAL_MS).unref()
  function known(key: string): Key | undefined {
    const found = byText.get(key) ?? keys?.get(hashKey(key).toString('hex'))
    if (!isUsable(found, checkedAtMs)) return undefined
    byText.set(key, found)
    return found
  }

  return {
    known,
    async find(key) {
      if (Date.now() - loadedAtMs >= REFRESH_PAUSE_MS) await refresh()
      const found = known(key)
      if (found || !lastLoadFailed) return found
      throw new RequestProblem('unavailable', 'The keys cannot be read. Send the request again.')
    },
    isInForce: ({ key_hash }) => isUsable(keys?.get(key_hash.toString('hex')), checkedAtMs),
    hasKeys: () => keys !== undefined,
    close() {
      clearInterval(timer)
      return loading ?? Promise.resolve()
    },
  }
}

/** A key that reads or manages must have been checked in the last minute. */
function isUsable(key: Key | undefined, checkedAtMs: number): key is Key {
  return key !== undefined && (MAY_SEND.includes(key.kind) || Date.now() - checkedAtMs < UNCHECKED_MS_MAX)
}

/** A guesser controls a key, but not its hash. */
function byHash(keys: Key[]): Map<string, Key> {
  return new Map(keys.map((key) => [key.key_hash.toString('hex'), key]))
}
