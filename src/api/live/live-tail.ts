// The live tail of one API process: looks at the database a few times a second while somebody listens, once for all who
// listen, and tells each what is theirs. Who is too slow is dropped; nothing here waits for a reader.
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import type { LiveRates, QueueFigures } from '../../contract/live.ts'
import type { ReadTail, TailFilter, TailNews } from '../../storage/read-tail.ts'
import { messages } from './messages.ts'
import { countRates } from './rates.ts'
import { type LiveReader, liveReader, serverSent } from './reader.ts'

const LOOK_INTERVAL_MS = 250
const LOOK_AGAIN_MS = 1_000
const RATES_INTERVAL_MS = 1_000
const QUEUE_ANSWER_MS_MAX = 900
const READERS_MAX = 100
/** When the process drains, a reader that has not read its rest by then is cut off. */
const END_MS_MAX = 500

const TROUBLE = serverSent(
  'trouble',
  '{"reason":"The database does not answer; the stream goes on when it does."}',
)

export interface LiveTailParts {
  /** From now on. */
  openTail: () => Promise<ReadTail>
  readQueue: () => Promise<QueueFigures>
  log: Pick<FastifyBaseLogger, 'warn' | 'info'>
}

export interface LiveTail {
  /**
   * Whatever is stored or rejected once this has resolved is told to the reader.
   * @throws RequestProblem where too many listen already, and what the database throws
   */
  listen(filter: TailFilter): Promise<LiveReader>
  /** Ends every stream. */
  drain(): void
}

export function liveTail({ openTail, readQueue, log }: LiveTailParts): LiveTail {
  const readers = new Set<LiveReader>()
  const rates = countRates()
  let started: Promise<void> | undefined
  let inTrouble = false

  async function start(): Promise<void> {
    const read = await openTail().catch((error) => {
      started = undefined
      throw error
    })
    inTrouble = false
    run(read)
  }

  async function run(read: ReadTail): Promise<void> {
    const ticker = setInterval(tellRates, RATES_INTERVAL_MS)
    while (readers.size > 0) {
      const beganMs = performance.now()
      await look(read)
      const waitMs = inTrouble ? LOOK_AGAIN_MS : LOOK_INTERVAL_MS - (performance.now() - beganMs)
      await delay(Math.max(LOOK_INTERVAL_MS / 5, waitMs))
    }
    clearInterval(ticker)
    started = undefined
  }

  async function look(read: ReadTail): Promise<void> {
    const groups = [...Map.groupBy(readers, ({ filter }) => JSON.stringify(filter)).values()]
    try {
      tell(groups, await read(groups.map(([reader]) => (reader as LiveReader).filter)))
      if (inTrouble) log.info('the live tail goes on')
      inTrouble = false
    } catch (error) {
      if (inTrouble) return
      inTrouble = true
      log.warn(error, 'the live tail could not be read')
      for (const reader of readers) reader.send(TROUBLE)
    }
  }

  function tell(groups: LiveReader[][], { stored, rejected }: TailNews): void {
    const counted = new Set<number>()
    for (const [number, group] of groups.entries()) {
      const [news, filter] = [stored[number], group[0]?.filter]
      const quarantined = filter && rejected.get(filter.game_id)
      if (!news || !quarantined) continue
      const { game_id: gameId } = filter
      if (!counted.has(gameId)) {
        rates.add({ atMs: performance.now(), gameId, stored: news.stored, rejected: quarantined.rejected })
      }
      counted.add(gameId)
      const text = messages(filter, news, quarantined)
      if (text) for (const reader of group) reader.send(text)
    }
  }

  let asking = false
  async function tellRates(): Promise<void> {
    if (asking) return tellEach(null)
    asking = true
    const answer = readQueue().catch(() => null)
    answer.then(() => {
      asking = false
    })
    tellEach(await Promise.race([answer, delay(QUEUE_ANSWER_MS_MAX, null)]))
  }

  function tellEach(queue: QueueFigures | null): void {
    const nowMs = performance.now()
    for (const reader of readers) {
      const figures: LiveRates = { ...rates.perSecond(reader.filter.game_id, nowMs), queue }
      // In trouble nobody knows; a comment keeps the connection from looking dead.
      reader.send(
        inTrouble ? ': the database does not answer\n\n' : serverSent('rates', JSON.stringify(figures)),
      )
    }
  }

  return {
    async listen(filter) {
      if (readers.size >= READERS_MAX) {
        throw new RequestProblem('unavailable', `${READERS_MAX} listen already, and no more can. Ask again.`)
      }
      const reader = liveReader(filter)
      readers.add(reader)
      reader.stream.once('close', () => readers.delete(reader))
      try {
        started ??= start()
        await started
      } catch (error) {
        reader.stream.destroy()
        readers.delete(reader)
        throw error
      }
      if (inTrouble) reader.send(TROUBLE)
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
