// Polls the database a few times a second while there are readers, once for all of them, and sends each reader its events.
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { QueueFigures } from '../../contract/live.ts'
import type { ReadTail, TailNews } from '../../storage/events/read-tail.ts'
import { messages } from './messages.ts'
import { countRates, type Rates, ratesTeller } from './rates.ts'
import { type LiveReader, serverSent } from './reader.ts'

const LOOK_INTERVAL_MS = 250
const LOOK_AGAIN_MS = 1_000
const RATES_INTERVAL_MS = 1_000

const TROUBLE = serverSent(
  'trouble',
  '{"reason":"The database does not answer. The stream continues when it does."}',
)

export interface TailSources {
  /** Reads what is stored and rejected from now on. */
  openTail: () => Promise<ReadTail>
  readQueue: () => Promise<QueueFigures>
  log: Pick<FastifyBaseLogger, 'warn' | 'info'>
}

export interface TailPoller {
  /**
   * Starts polling, unless it runs already. Polling ends when there are no readers.
   * @throws what storage throws
   */
  run(): Promise<void>
  /** Sends `trouble` to a reader that came after the others got it. */
  tellTrouble(reader: LiveReader): void
}

export function tailPoller(
  { openTail, readQueue, log }: TailSources,
  readers: ReadonlySet<LiveReader>,
): TailPoller {
  const rates = countRates()
  const tellRates = ratesTeller(readQueue, rates)
  let started: Promise<void> | undefined
  let inTrouble = false

  async function start(): Promise<void> {
    const read = await openTail().catch((error) => {
      started = undefined
      throw error
    })
    inTrouble = false
    void lookUntilNobodyListens(read)
  }

  async function lookUntilNobodyListens(read: ReadTail): Promise<void> {
    const ticker = setInterval(() => tellRates(readers, inTrouble), RATES_INTERVAL_MS)
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
      tell(groups, await read(groups.map(([reader]) => (reader as LiveReader).filter)), rates)
      if (inTrouble) log.info('the live tail can be read again')
      inTrouble = false
    } catch (error) {
      if (inTrouble) return
      inTrouble = true
      log.warn(error, 'the live tail cannot be read')
      for (const reader of readers) reader.send(TROUBLE)
    }
  }

  return {
    run() {
      started ??= start()
      return started
    },
    tellTrouble(reader) {
      if (inTrouble) reader.send(TROUBLE)
    },
  }
}

/** @param groups readers with the same filter, in the order of the news */
function tell(groups: LiveReader[][], { stored, rejected }: TailNews, rates: Rates): void {
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
