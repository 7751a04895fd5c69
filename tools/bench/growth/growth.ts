// `npm run bench -- growth`: the same load after so many rows are in the table, beside a control system that has none, and
// how long the reading routes take at each size.
import { join } from 'node:path'
import { table } from '../../../chaos/table.ts'
import { type BenchRun, benchRun, prepareDataDir } from '../bench-run.ts'
import { type LoadProcess, startLoadProcess } from '../load/load-process.ts'
import { type LoadShape, measure } from '../measure.ts'
import { keepResult, surroundings } from '../record.ts'
import { shuffled } from '../rounds.ts'
import { REQUESTS_OF_50 } from '../rows/playtrace-rows.ts'
import { median } from '../statistics.ts'
import { type Playtrace, startPlaytrace } from '../system/playtrace.ts'
import type { GrowthAtSize, ReadingTime } from './growth-result.ts'
import { addHistory } from './history.ts'
import { measureReading } from './reading.ts'

export interface GrowthOptions {
  /** Sizes of the table, ascending; 0 is measured before them. */
  rows: number[]
  rounds: number
  /** Sent to each system in each round. */
  events: number
  seed: number
  dir: string | undefined
}

const SHAPE = { ...REQUESTS_OF_50, data: 'game', rate: undefined } as const
/** So that the newest row is older than what is sent. */
const HISTORY_ENDS_MS = 5 * 60_000

export async function growth(options: GrowthOptions): Promise<void> {
  const where = await surroundings()
  const total = (options.rows.length + 1) * options.rounds
  const sizes = await benchRun({ dir: options.dir, total }, (run) => measureGrowth(options, run))
  const text = [where.join('\n'), throughputTable(sizes), readingTable(sizes)].join('\n\n')
  console.log(text)
  console.log(`\nKept in ${await keepResult('growth', text, { where, options, sizes })}`)
}

async function measureGrowth(options: GrowthOptions, run: BenchRun): Promise<GrowthAtSize[]> {
  const controlDir = join(run.folder, 'control')
  await prepareDataDir(controlDir)
  const load = startLoadProcess()
  const control = await startPlaytrace({ dataDir: controlDir, queue: 'postgres' })
  const growing = await startPlaytrace({ dataDir: run.dataDir, queue: 'postgres' })
  try {
    return await measureSizes(options, run, { load, control, growing })
  } finally {
    await growing.close()
    await control.close()
    await load.stop()
  }
}

interface Systems {
  load: LoadProcess
  control: Playtrace
  growing: Playtrace
}

async function measureSizes(
  options: GrowthOptions,
  run: BenchRun,
  systems: Systems,
): Promise<GrowthAtSize[]> {
  const { rows, seed, rounds } = options
  const { load, control, growing } = systems
  const untilMs = Date.now() - HISTORY_ENDS_MS
  const of = Math.max(...rows)
  const shape = { ...SHAPE, seed, events: options.events }
  for (const system of [control, growing]) await onSystem(system, load, shape) // compiled, connected, cached
  const sizes: GrowthAtSize[] = []
  let from = 0
  for (const [index, to] of [0, ...rows].entries()) {
    if (run.stop.aborted) break
    await addHistory(growing.storage.client, { from, to, of, seed, untilMs }, (done) =>
      run.progress(`${done} of ${to} rows`),
    )
    from = to
    const figures = { growing: [] as number[], control: [] as number[] }
    for (let round = 0; round < rounds && !run.stop.aborted; round++) {
      run.progress(`load on ${to} rows`, index * rounds + round)
      await control.storage.empty()
      for (const name of shuffled(['growing', 'control'] as const, seed, index * rounds + round)) {
        figures[name].push(await onSystem(systems[name], load, shape))
      }
    }
    sizes.push({
      rows: to,
      ratios: figures.growing.map((rate, round) => rate / (figures.control[round] as number)),
      eventsPerSecond: figures.growing,
      bytes: await growing.storage.bytes(),
      reading: await measureReading(growing, (route) => run.progress(`reading on ${to} rows: ${route}`)),
    })
  }
  return sizes
}

/** @returns events a second. All rows are not counted each time: that alone would fill the caches with old ones. */
async function onSystem(system: Playtrace, load: LoadProcess, shape: LoadShape): Promise<number> {
  const storage = { ...system.storage, countEvents: system.storage.visibleEvents }
  await system.storage.client.query('checkpoint')
  return (await measure({ ...system, storage }, load, shape)).eventsPerSecond
}

function throughputTable(sizes: GrowthAtSize[]): string {
  const atZero = median(sizes[0]?.ratios ?? [])
  return table(
    ['rows in the table', 'events/s', '÷ empty system, same round', '÷ the same at 0 rows', 'GB on disk'],
    sizes.map(({ rows, ratios, eventsPerSecond, bytes }) => [
      `${rows / 1_000_000} million`,
      median(eventsPerSecond).toFixed(0),
      median(ratios).toFixed(2),
      (median(ratios) / atZero).toFixed(2),
      (bytes / 1e9).toFixed(2),
    ]),
  )
}

function readingTable(sizes: GrowthAtSize[]): string {
  const routes = [...new Set(sizes.flatMap(({ reading }) => Object.keys(reading)))]
  return table(
    ['reading, p50 / p99 ms', ...sizes.map(({ rows }) => `${rows / 1_000_000} million`)],
    routes.map((route) => [route, ...sizes.map(({ reading }) => showTime(reading[route]))]),
  )
}

function showTime(time: ReadingTime | undefined): string {
  if (!time) return ''
  return 'status' in time ? `answered ${time.status}` : `${time.p50.toFixed(1)} / ${time.p99.toFixed(1)}`
}
