// The live tail of one API process: polls the database while there are readers, once for all of them, and sends each reader
// its events. A reader that is too slow is dropped, so that nothing waits for a reader.
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import type { QueueFigures } from '../../contract/live.ts'
import { reasonOf } from '../../error-reason.ts'
import type { ReadTail, TailFilter, TailNews } from '../../storage/events/read-tail.ts'
import { messages } from './messages.ts'
import { countRates, type Rates, ratesSender } from './rates.ts'
import { type LiveReader, liveReader, serverSent } from './reader.ts'

const READERS_MAX = 100
/** When the process drains, a reader has this long to read the rest of its stream. */
const END_MS_MAX = 500
const POLL_INTERVAL_MS = 250
const POLL_AGAIN_MS = 1_000
const RATES_INTERVAL_MS = 1_000

const TROUBLE = serverSent(
  'trouble',
  '{"reason":"The database does not answer. The stream continues when the database answers again."}',
)

export interface TailSources {
  /** Reads what is stored and rejected from now on. */
  openTail: () => Promise<ReadTail>
  readQueue: () => Promise<QueueFigures>
  log: Pick<FastifyBaseLogger, 'warn' | 'info'>
}

export function liveTail(sources: TailSources) {
  const readers = new Set<LiveReader>()
  const poller = tailPoller(sources, readers)
  return {
    /**
     * The reader gets every event that is stored or rejected after this has resolved.
     * @param isAllowed is called every second; the stream ends when it returns false
     * @throws RequestProblem at the limit of readers, and what storage throws
     */
    async listen(filter: TailFilter, isAllowed: () => boolean): Promise<LiveReader> {
      if (readers.size >= READERS_MAX) {
        const detail = `The limit of ${READERS_MAX} live connections is reached. Try again later.`
        throw new RequestProblem('unavailable', detail)
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
      if (poller.isInTrouble()) reader.send(TROUBLE)
      return reader
    },

    /** Ends every stream. */
    drain() {
      for (const reader of readers) reader.end()
      setTimeout(() => {
        for (const { stream } of readers) stream.destroy()
      }, END_MS_MAX).unref()
    },
  }
}

function tailPoller({ openTail, readQueue, log }: TailSources, readers: ReadonlySet<LiveReader>) {
  const rates = countRates()
  const sendRates = ratesSender(readQueue, rates)
  let started: Promise<void> | undefined
  let inTrouble = false

  async function start(): Promise<void> {
    const read = await openTail().catch((error) => {
      started = undefined
      throw error
    })
    inTrouble = false
    void pollWhileRead(read)
  }

  async function pollWhileRead(read: ReadTail): Promise<void> {
    const ticker = setInterval(() => sendRates(readers, inTrouble), RATES_INTERVAL_MS)
    while (readers.size > 0) {
      const beganMs = performance.now()
      await poll(read)
      const waitMs = inTrouble ? POLL_AGAIN_MS : POLL_INTERVAL_MS - (performance.now() - beganMs)
      await delay(Math.max(POLL_INTERVAL_MS / 5, waitMs))
    }
    clearInterval(ticker)
    started = undefined
  }

  async function poll(read: ReadTail): Promise<void> {
    const groups = [...Map.groupBy(readers, ({ filter }) => JSON.stringify(filter)).values()]
    try {
      sendNews(groups, await read(groups.map(([reader]) => (reader as LiveReader).filter)), rates)
      if (inTrouble) log.info('the database answers again; the live tail continues')
      inTrouble = false
    } catch (error) {
      if (inTrouble) return
      inTrouble = true
      log.warn({ reason: reasonOf(error as Error) }, 'the database does not answer; the live tail is interrupted')
      for (const reader of readers) reader.send(TROUBLE)
    }
  }

  return {
    /** Starts polling, unless it runs already, and resolves when the tail is open. Polling ends when there are no readers. */
    run() {
      started ??= start()
      return started
    },
    isInTrouble: () => inTrouble,
  }
}

/** @param groups readers with the same filter, in the order of the news */
function sendNews(groups: LiveReader[][], { stored, rejected }: TailNews, rates: Rates): void {
  const counted = new Set<number>()
  for (const [number, group] of groups.entries()) {
    const [news, filter] = [stored[number], group[0]?.filter]
    const quarantined = filter && rejected.get(filter.game_id)
    if (!news || !quarantined) continue
    if (!counted.has(filter.game_id)) rates.add(filter.game_id, news.stored, quarantined.rejected)
    counted.add(filter.game_id)
    const text = messages(filter, news, quarantined)
    if (text) for (const reader of group) reader.send(text)
  }
}
