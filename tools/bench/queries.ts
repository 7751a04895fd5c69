// `npm run bench -- queries`: the time of each report and reading route on a large table.
import { table } from '../chaos/table.ts'
import { type BenchOptions, withBench } from './bench.ts'
import { HISTORY_DAYS } from './events.ts'
import { addHistory } from './history.ts'
import { startPlaytrace } from './playtrace.ts'
import { surroundings } from './print.ts'
import { timeRoutes } from './routes.ts'

export interface QueriesOptions extends BenchOptions {
  /** About this many events in the table. */
  events: number
  /** To each route. */
  requests: number
}

const P95_MS_MAX = 300

/** @returns the exit code: 1 if a route is slower than the limit, or answers with an error */
export async function queries({ events, requests, ...options }: QueriesOptions): Promise<number> {
  const { checkout, seed } = options
  const todayMs = Date.now()
  const { stored, times } = await withBench(options, async (bench) => {
    const playtrace = await bench.start('playtrace', (folder) => startPlaytrace(checkout, folder, 'postgres'))
    const history = { seed, todayMs, events }
    const stored = await addHistory(playtrace, bench.load, history, { from: 0, to: events, others: 0 })
    return { stored, times: await timeRoutes(playtrace, todayMs, requests) }
  })
  console.log(surroundings(checkout))
  console.log(
    `${stored} events on ${HISTORY_DAYS} days; ${requests} requests a route; limit: p95 of ${P95_MS_MAX} ms.\n`,
  )
  let isOver = false
  const rows = Object.entries(times).map(([route, time]) => {
    const isMet = 'p95' in time && time.p95 <= P95_MS_MAX
    isOver ||= !isMet
    if ('status' in time) return [route, '', '', '', `answered ${time.status}`]
    return [route, ...[time.p50, time.p95, time.max].map((ms) => ms.toFixed(0)), isMet ? 'yes' : 'NO']
  })
  console.log(table(['route', 'p50 ms', 'p95 ms', 'slowest ms', 'within the limit'], rows))
  return isOver ? 1 : 0
}
