// The live tail of one API process: who listens, and how that begins and ends. Who is too slow is dropped; nothing here waits
// for a reader.
import { RequestProblem } from '../../contract/answer.ts'
import type { TailFilter } from '../../storage/events/read-tail.ts'
import { type TailSources, tailPoller } from './poll.ts'
import { type LiveReader, liveReader } from './reader.ts'

const READERS_MAX = 100
/** When the process drains, a reader that has not read its rest by then is cut off. */
const END_MS_MAX = 500

export interface LiveTail {
  /**
   * Whatever is stored or rejected once this has resolved is told to the reader.
   * @param isAllowed asked every second; once it is not, the stream ends
   * @throws RequestProblem where too many listen already, and what the database throws
   */
  listen(filter: TailFilter, isAllowed: () => boolean): Promise<LiveReader>
  /** Ends every stream. */
  drain(): void
}

export function liveTail(sources: TailSources): LiveTail {
  const readers = new Set<LiveReader>()
  const poller = tailPoller(sources, readers)
  return {
    async listen(filter, isAllowed) {
      if (readers.size >= READERS_MAX) {
        throw new RequestProblem('unavailable', `${READERS_MAX} listen already, and no more can. Ask again.`)
      }
      const reader = liveReader(filter, isAllowed)
      readers.add(reader)
      reader.stream.once('close', () => readers.delete(reader))
      try {
        await poller.run()
      } catch (error) {
        reader.stream.destroy()
        readers.delete(reader)
        throw error
      }
      poller.tellTrouble(reader)
      return reader
    },
    drain() {
      for (const reader of readers) reader.end()
      setTimeout(() => {
        for (const { stream } of readers) stream.destroy()
      }, END_MS_MAX).unref()
    },
  }
}
