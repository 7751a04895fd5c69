// The live tail of one API process: how readers begin and end. A reader that is too slow is dropped; nothing waits for a
// reader.
import { RequestProblem } from '../../contract/answer.ts'
import type { TailFilter } from '../../storage/events/read-tail.ts'
import { type TailSources, tailPoller } from './poll.ts'
import { type LiveReader, liveReader } from './reader.ts'

const READERS_MAX = 100
/** When the process drains, a reader has this long to read the rest of its stream. */
const END_MS_MAX = 500

export interface LiveTail {
  /**
   * The reader gets every event that is stored or rejected after this has resolved.
   * @param isAllowed is called every second; the stream ends when it returns false
   * @throws RequestProblem at the limit of readers, and what storage throws
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
        throw new RequestProblem(
          'unavailable',
          `The limit of ${READERS_MAX} live connections is reached. Try again later.`,
        )
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
