// The places that requests of one key may take at the same time, so that no key takes all that its process has.
import type { Key } from '../../storage/games/games.ts'
import { TooManyRequests } from './too-many-requests.ts'

const RETRY_AFTER_MS = 5_000

export interface Places {
  /** @throws TooManyRequests if the key has no place left */
  assertFree(key: Pick<Key, 'key_hash'>): void
  /**
   * @returns the function that gives the place back
   * @throws TooManyRequests if the key has no place left
   */
  take(key: Pick<Key, 'key_hash'>): () => void
}

/** @param detail is answered if the key has no place left */
export function placesByKey(max: number, detail: string): Places {
  const taken = new Map<string, number>()
  const countOf = ({ key_hash }: Pick<Key, 'key_hash'>) => taken.get(key_hash.toString('base64')) ?? 0
  const assertFree: Places['assertFree'] = (key) => {
    if (countOf(key) >= max) throw new TooManyRequests(detail, RETRY_AFTER_MS)
  }
  return {
    assertFree,
    take(key) {
      assertFree(key)
      const name = key.key_hash.toString('base64')
      taken.set(name, countOf(key) + 1)
      let isTaken = true
      return () => {
        if (!isTaken) return
        isTaken = false
        const left = countOf(key) - 1
        if (left > 0) taken.set(name, left)
        else taken.delete(name)
      }
    },
  }
}
