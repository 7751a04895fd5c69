// The places that requests of one game may take at the same time, with any of its keys, so that no game takes all that a process has.
import type { Key } from '../../storage/games/games.ts'
import { TooManyRequests } from './too-many-requests.ts'

const RETRY_AFTER_MS = 5_000

export interface Places {
  /** @throws TooManyRequests if the game has no place left */
  assertFree(key: Pick<Key, 'game_id'>): void
  /**
   * @returns the function that gives the place back
   * @throws TooManyRequests if the game has no place left
   */
  take(key: Pick<Key, 'game_id'>): () => void
}

/** @param detail is the answer if the game has no place left */
export function placesByGame(max: number, detail: string): Places {
  const taken = new Map<number, number>()
  const countOf = ({ game_id }: Pick<Key, 'game_id'>) => taken.get(game_id) ?? 0
  const assertFree: Places['assertFree'] = (key) => {
    if (countOf(key) >= max) throw new TooManyRequests(detail, RETRY_AFTER_MS)
  }
  return {
    assertFree,
    take(key) {
      assertFree(key)
      const name = key.game_id
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
