// One write must not stop the fold of all others. After a fold that failed for another reason than the database itself, the next
// one takes half as many writes, down to one. If that one fails alone, it is set aside, and the folds go on without it.
import type { StorageError } from '../storage/postgres/storage-error.ts'
import type { Folded } from '../storage/rollups/fold-writes.ts'
import { isOfEnvironment } from './store-batch.ts'

interface FoldParts {
  /** The largest number of writes of one fold. */
  writesMax: number
  /** Calls `onTaken` with the ids of the writes before it adds their events. */
  fold: (writesMax: number, onTaken: (writeIds: string[]) => void) => Promise<Folded>
  setAside: (writeId: string) => Promise<void>
}

export function foldInHalves({ writesMax, fold, setAside }: FoldParts): () => Promise<Folded> {
  let next = writesMax
  return async () => {
    let taken: string[] = []
    try {
      const folded = await fold(next, (writeIds) => {
        taken = writeIds
      })
      next = Math.min(next * 2, writesMax)
      return folded
    } catch (error) {
      const [only] = taken
      if (only === undefined || isOfEnvironment(error as StorageError)) throw error
      next = Math.ceil(taken.length / 2)
      if (taken.length > 1) throw error
      await setAside(only)
      throw new Error(`The events of write ${only} cannot be added to the reports. The write was set aside.`, {
        cause: error,
      })
    }
  }
}
