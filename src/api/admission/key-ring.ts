// Keeps the keys in force in memory, so that a request needs no query, and events are accepted while the database is away.
import { timingSafeEqual } from 'node:crypto'
import { RequestProblem } from '../../contract/answer.ts'
import { hashKey } from '../../contract/key.ts'
import type { Key } from '../../storage/games/games.ts'

/** A revoked key works at most this long, if the database can be read. */
const REFRESH_INTERVAL_MS = 5_000
/** An unknown key may be new, so it causes a refresh, at most once in this time. */
const REFRESH_PAUSE_MS = 1_000

export interface KeyRing {
  /** Returns the entry of a key that this process knows to be in force, without a query. */
  known(key: string): Key | undefined
  /**
   * Returns the key's entry, or undefined if the key is not in force.
   * @throws RequestProblem `unavailable` for an unknown key if the last refresh failed, because the key may be new
   */
  find(key: string): Promise<Key | undefined>
  close(): Promise<void>
}

/**
 * @param load reads the keys in force
 * @param reportError is called when a refresh fails; the keys known so far stay in force
 */
export async function openKeyRing(
  load: () => Promise<Key[]>,
  reportError: (error: Error) => void,
): Promise<KeyRing> {
  const byHash = (loaded: Key[]) => new Map(loaded.map((key) => [key.key_hash.toString('hex'), key]))
  let keys = byHash(await load())
  // The keys by their text, because a hash for each request would be a large part of the cost of a small request.
  const byText = new Map<string, Key>()
  let loadedAtMs = Date.now()
  let lastLoadFailed = false
  let loading: Promise<void> | undefined

  const refresh = () => {
    loading ??= load()
      .then(
        (loaded) => {
          keys = byHash(loaded)
          byText.clear()
          lastLoadFailed = false
        },
        (error: Error) => {
          lastLoadFailed = true
          reportError(error)
        },
      )
      .finally(() => {
        loadedAtMs = Date.now()
        loading = undefined
      })
    return loading
  }
  const timer = setInterval(refresh, REFRESH_INTERVAL_MS)
  timer.unref()

  function known(key: string): Key | undefined {
    const remembered = byText.get(key)
    if (remembered) return remembered
    const found = lookUp(keys, hashKey(key))
    if (found) byText.set(key, found)
    return found
  }

  return {
    known,
    async find(key) {
      if (Date.now() - loadedAtMs >= REFRESH_PAUSE_MS) await refresh()
      const found = known(key)
      if (!found && lastLoadFailed)
        throw new RequestProblem('unavailable', 'The keys cannot be read. Send the request again.')
      return found
    },
    async close() {
      clearInterval(timer)
      await loading
    },
  }
}

/** Looks up by the hash, which a guesser cannot control, and compares in constant time. */
function lookUp(keys: Map<string, Key>, hash: Buffer): Key | undefined {
  const key = keys.get(hash.toString('hex'))
  return key && timingSafeEqual(key.key_hash, hash) ? key : undefined
}
