// `npm run bench -- growth`: throughput and reading times as the table of events grows.
import { table } from '../chaos/table.ts'
import { type Bench, type BenchOptions, withBench } from './bench.ts'
import { addHistory } from './history.ts'
import { startPlaytrace } from './playtrace.ts'
import { showProgress, surroundings } from './print.ts'
import { shuffled } from './rounds.ts'
import { type RouteTimes, timeRoutes, untilFolded } from './routes.ts'
import { type LoadRow, measureLoad, ROWS } from './rows.ts'
import { median } from './statistics.ts'

export interface GrowthOptions extends BenchOptions {
  /** Numbers of events in the table, ascending. An empty table is measured before them. */
  sizes: number[]
  rounds: number
  /** Sent to each system in each round. */
  events: number
  /** To each reading route, at each size. */
  requests: number
}

interface AtSize {
  stored: number
  /** One figure a round. */
  eventsPerSecond: number[]
  /** The same, divided by those of an empty system in the same round. */
  ratios: number[]
  times: Record<string, RouteTimes>
}

/** The load's events happened in the last minute. */
const LOAD_AGE_MS = 90_000
const SHAPE = ROWS.find(({ id }) => id === 'pg-50') as LoadRow

export async function growth(options: GrowthOptions): Promise<void> {
  const sizes = await withBench(options, (bench) => measureSizes(bench, options))
  console.log(surroundings(options.checkout))
  console.log(`PostgreSQL queue, requests of 50; medians of ${options.rounds} rounds; seed ${options.seed}.\n`)
  console.log(throughputTable(sizes))
  console.log(`\n${readingTable(sizes)}`)
}

async function measureSizes(bench: Bench, options: GrowthOptions): Promise<AtSize[]> {
  const start = (what: string) => bench.start(what, (folder) => startPlaytrace(options.checkout, folder, 'postgres'))
  const systems = { growing: await start('growing'), empty: await start('empty') }
  const todayMs = Date.now()
  const { seed, rounds } = options
  const measure = async (name: keyof typeof systems) => {
    if (name === 'empty') await systems.empty.store.empty()
    const shape = { ...SHAPE, seed, events: options.events }
    const { eventsPerSecond } = await measureLoad(systems[name], bench.load, shape, Date.now() - LOAD_AGE_MS)
    await untilFolded(systems[name])
    return eventsPerSecond
  }
  showProgress('warm-up')
  await measure('growing')
  await measure('empty')
  const sizes: AtSize[] = []
  const history = { seed, todayMs, events: options.sizes.at(-1) ?? 0 }
  let stored = 0
  let others = options.events
  for (const [index, to] of [0, ...options.sizes].entries()) {
    stored = await addHistory(systems.growing, bench.load, history, { from: stored, to, others })
    const rates: Record<keyof typeof systems, number[]> = { growing: [], empty: [] }
    for (let round = 0; round < rounds; round++) {
      showProgress(`${stored} events stored: round ${round + 1} of ${rounds}`)
      for (const name of shuffled(['growing', 'empty'] as const, seed, index * rounds + round)) {
        rates[name].push(await measure(name))
      }
    }
    others += rounds * options.events
    sizes.push({
      stored,
      eventsPerSecond: rates.growing,
      ratios: rates.growing.map((rate, round) => rate / (rates.empty[round] as number)),
      times: stored > 0 ? await timeRoutes(systems.growing, todayMs, options.requests) : {},
    })
  }
  return sizes
}

function throughputTable(sizes: AtSize[]): string {
  const atZero = median(sizes[0]?.ratios ?? [])
  return table(
    ['events in the table', 'events/s', '÷ empty system', '÷ the same at 0 events'],
    sizes.map(({ stored, ratios, eventsPerSecond }) => [
      inMillions(stored),
      median(eventsPerSecond).toFixed(0),
      median(ratios).toFixed(2),
      (median(ratios) / atZero).toFixed(2),
    ]),
  )
}

function readingTable(sizes: AtSize[]): string {
  const filled = sizes.filter(({ stored }) => stored > 0)
  const routes = Object.keys(filled[0]?.times ?? {})
  return table(
    ['reading, p50 / p95 ms', ...filled.map(({ stored }) => inMillions(stored))],
    routes.map((route) => [route, ...filled.map(({ times }) => shown(times[route]))]),
  )
}

function shown(times: RouteTimes | undefined): string {
  if (!times) return ''
  return 'status' in times ? `answered ${times.status}` : `${times.p50.toFixed(1)} / ${times.p95.toFixed(1)}`
}

function inMillions(events: number): string {
  return `${Number((events / 1_000_000).toFixed(2))} million`
}
