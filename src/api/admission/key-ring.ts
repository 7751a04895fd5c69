// The keys in force, held in memory: a request costs the database nothing, and a database that goes away stops no sender.
import { timingSafeEqual } from 'node:crypto'
import { RequestProblem } from '../../contract/answer.ts'
import { hashKey } from '../../contract/key.ts'
import type { Key } from '../../storage/games/games.ts'

/** A revoked key works no longer than this, as long as the keys can be read. */
const REFRESH_INTERVAL_MS = 5_000
/** An unknown key may be a new one, but asking for it must not be a way to flood the database. */
const REFRESH_PAUSE_MS = 1_000

export interface KeyRing {
  /** The key's entry where it is in force as far as this process knows; no look is taken at the database. */
  known(key: string): Key | undefined
  /**
   * The key's entry, or undefined for one that is not in force.
   * @throws RequestProblem `unavailable` for an unknown key when the last refresh failed: it may be a new one
   */
  find(key: string): Promise<Key | undefined>
  close(): Promise<void>
}

/**
 * @param load reads the keys in force
 * @param reportError a refresh failed; the keys known so far stay in force
 */
export async function openKeyRing(
  load: () => Promise<Key[]>,
  reportError: (error: Error) => void,
): Promise<KeyRing> {
  let keys = byHash(await load())
  // By their own text: hashing a key for every request is a good part of what a small one costs.
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
        throw new RequestProblem('unavailable', 'The keys cannot be read. Ask again.')
      return found
    },
    async close() {
      clearInterval(timer)
      await loading
    },
  }
}

function byHash(keys: Key[]): Map<string, Key> {
  return new Map(keys.map((key) => [key.key_hash.toString('hex'), key]))
}

/** Found by the hash, which a guesser cannot steer, and compared in constant time all the same. */
function lookUp(keys: Map<string, Key>, hash: Buffer): Key | undefined {
  const key = keys.get(hash.toString('hex'))
  return key && timingSafeEqual(key.key_hash, hash) ? key : undefined
}
