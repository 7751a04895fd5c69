// `npm run bench -- check`: is this commit slower than another one? Both run at the same time and are measured in turns, so
// that a disturbance of the machine meets both.
import { table } from '../chaos/table.ts'
import { type BenchOptions, withBench } from './bench.ts'
import { otherCores } from './compare.ts'
import { startPlaytrace } from './playtrace.ts'
import { commitOf, showProgress } from './print.ts'
import type { Round } from './rounds.ts'
import { type Figures, type LoadRow, measureLoad, ROWS } from './rows.ts'
import { median } from './statistics.ts'

export interface CheckOptions extends BenchOptions {
  /** The checkout to compare with. */
  against: string
  rounds: number
  /** Of each row, instead of its own number. */
  events?: number | undefined
}

/** README.md has the repeated measurements that justify it. */
const TOLERANCE = 0.1
/** The repeated measurements were made with less than this. */
const OTHER_CORES_MAX = 0.25
const WARM_UP_EVENTS = 10_000
const MEASURED = ROWS.filter((row): row is LoadRow => 'queue' in row)

/** More is better. */
const FIGURES: Record<string, (now: Figures, before: Figures) => number> = {
  'events/s': (now, before) => now.eventsPerSecond / before.eventsPerSecond,
  'events a CPU second': (now, before) => cpuOf(before) / cpuOf(now),
}

/** @returns the exit code: 1 if a figure fell by more than the tolerance */
export async function check(options: CheckOptions): Promise<number> {
  const rounds = await withBench(options, (bench) => measurePairs(bench, options))
  const others = otherCores(rounds.flat())
  console.log(
    `Commit ${commitOf(options.checkout)} ÷ commit ${commitOf(options.against)}; ${rounds.length} interleaved rounds; ` +
      `other programs kept ${others.toFixed(2)} cores busy.\n`,
  )
  if (others > OTHER_CORES_MAX)
    console.log('The machine is too busy for a reliable result. End other programs and repeat the check.\n')
  const ratios = MEASURED.flatMap(({ id }) =>
    Object.entries(FIGURES).map(([name, read]): [string, number[]] => [
      `${id}: ${name}`,
      rounds.map(([now, before]) => read(now[id] as Figures, before[id] as Figures)),
    ]),
  )
  console.log(ratiosTable(ratios))
  const isWorse = ratios.some(([, all]) => isFall(median(all)))
  if (isWorse) console.log(`\nAt least one figure is more than ${(TOLERANCE * 100).toFixed(0)} % lower.`)
  return isWorse ? 1 : 0
}

type Pair = [now: Round, before: Round]

async function measurePairs(
  bench: Parameters<Parameters<typeof withBench>[1]>[0],
  options: CheckOptions,
): Promise<Pair[]> {
  const { seed } = options
  const systems = new Map<string, Awaited<ReturnType<typeof startPlaytrace>>>()
  for (const [at, checkout] of [options.checkout, options.against].entries()) {
    for (const queue of ['postgres', 'redis'] as const)
      systems.set(
        `${at} ${queue}`,
        await bench.start(`${at} ${queue}`, (folder) => startPlaytrace(checkout, folder, queue)),
      )
  }
  const measure = async (row: LoadRow, at: number, events: number) => {
    const system = systems.get(`${at} ${row.queue}`)
    if (!system) throw new Error(`No system runs with the queue ${row.queue}.`)
    const figures = await measureLoad(system, bench.load, { ...row, seed, events })
    // This also ends a fold that still has work, which would disturb the next row.
    await system.store.empty()
    return figures
  }
  for (const row of MEASURED) for (const at of [0, 1]) await measure(row, at, WARM_UP_EVENTS)
  const pairs: Pair[] = []
  for (let number = 1; number <= options.rounds; number++) {
    const pair: Pair = [{}, {}]
    for (const row of MEASURED) {
      showProgress(`round ${number} of ${options.rounds}: ${row.title}`)
      const order = number % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)
      for (const at of order) pair[at][row.id] = await measure(row, at, options.events ?? row.events)
    }
    pairs.push(pair)
  }
  return pairs
}

function cpuOf({ cpu }: Figures): number {
  return cpu.api + cpu.worker + cpu.database + cpu.redis
}

/** Written so that a figure that was not measured counts as a fall. */
const isFall = (ratio: number) => !(ratio >= 1 - TOLERANCE)

/** Every round, so that a reader sees how much the rounds differ. */
function ratiosTable(ratios: [string, number[]][]): string {
  const rounds = ratios[0]?.[1] ?? []
  return table(
    ['', ...rounds.map((_, index) => `round ${index + 1}`), 'median', ''],
    ratios.map(([name, all]) => {
      const cells = [...all, median(all)].map((value) => value.toFixed(3))
      return [name, ...cells, isFall(median(all)) ? 'WORSE' : 'ok']
    }),
  )
}
