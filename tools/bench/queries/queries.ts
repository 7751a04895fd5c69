// `npm run bench -- queries`: how long the dashboard's queries take on a game of ten million events and 200,000 players.
import { table } from '../../../chaos/table.ts'
import { type BenchRun, benchRun } from '../bench-run.ts'
import { keepResult, surroundings } from '../record.ts'
import { quantile } from '../statistics.ts'
import { type Playtrace, startPlaytrace } from '../system/playtrace.ts'
import { DASHBOARD_QUERIES } from './dashboard-queries.ts'
import { fillGame } from './game-days.ts'

export interface QueriesOptions {
  events: number
  players: number
  /** Of each query. */
  requests: number
  dir: string | undefined
}

const DAYS = 60
const TARGET_P95_MS = 300
/** Not counted: the first of each finds cold caches. */
const WARM_UP_REQUESTS = 2

interface QueryTime {
  query: string
  p50: number
  p95: number
  max: number
}

/** @returns the exit code: 1 where a query is over the target */
export async function queries(options: QueriesOptions): Promise<number> {
  const where = await surroundings()
  const names = Object.keys(DASHBOARD_QUERIES)
  const times = await benchRun({ dir: options.dir, total: DAYS + names.length }, (run) =>
    measureQueries(options, run),
  )
  const title = `${options.events} events, ${options.players} players, ${DAYS} days; target: p95 < ${TARGET_P95_MS} ms`
  const text = [where.join('\n'), title, timesTable(times)].join('\n\n')
  console.log(text)
  console.log(`\nKept in ${await keepResult('queries', text, { where, options, times })}`)
  return times.every(({ p95 }) => p95 < TARGET_P95_MS) ? 0 : 1
}

async function measureQueries(options: QueriesOptions, run: BenchRun): Promise<QueryTime[]> {
  const playtrace = await startPlaytrace({ dataDir: run.dataDir, queue: 'postgres' })
  try {
    const lastDay = new Date().toISOString().slice(0, 10)
    await fillGame(playtrace.storage.client, { ...options, days: DAYS, lastDay }, (day) =>
      run.progress(`day ${day} of ${DAYS}`, day),
    )
    const times: QueryTime[] = []
    for (const [query, path] of Object.entries(DASHBOARD_QUERIES)) {
      if (run.stop.aborted) break
      run.progress(query, DAYS + times.length)
      times.push({ query, ...(await timeQuery(playtrace, path, options.requests)) })
    }
    return times
  } finally {
    await playtrace.close()
  }
}

async function timeQuery(
  { origin, adminKey }: Playtrace,
  path: (number: number) => string,
  requests: number,
): Promise<Omit<QueryTime, 'query'>> {
  const timesMs: number[] = []
  for (let number = -WARM_UP_REQUESTS; number < requests; number++) {
    const sentMs = performance.now()
    const url = `${origin}/v1/games/demo/${path(Math.abs(number))}`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${adminKey}` } })
    const body = await answer.text()
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${body}`)
    if (number >= 0) timesMs.push(performance.now() - sentMs)
  }
  return { p50: quantile(timesMs, 0.5), p95: quantile(timesMs, 0.95), max: Math.max(...timesMs) }
}

function timesTable(times: QueryTime[]): string {
  return table(
    ['query', 'p50 ms', 'p95 ms', 'slowest ms', `p95 < ${TARGET_P95_MS} ms`],
    times.map(({ query, p50, p95, max }) => [
      query,
      p50.toFixed(0),
      p95.toFixed(0),
      max.toFixed(0),
      p95 < TARGET_P95_MS ? 'yes' : 'no',
    ]),
  )
}
