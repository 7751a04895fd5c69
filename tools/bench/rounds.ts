// Interleaved rounds: each round measures every row once, in an order of its own. A disturbance of the machine meets all rows
// alike, and a ratio compares two figures that were measured within a minute.
import { randomStream } from '../../src/simulation/random.ts'
import type { Bench, BenchOptions } from './bench.ts'
import { type Ceiling, openCeiling } from './ceiling.ts'
import { showProgress } from './print.ts'
import { type Figures, measureCeiling, measureLoad, type Row, type SystemName } from './rows.ts'
import { startCommonlyBuilt } from './systems/commonly-built.ts'
import { startPlaytrace } from './systems/playtrace.ts'
import { startPostgres } from './systems/postgres.ts'
import type { System } from './systems/system.ts'

export interface RoundsOptions extends BenchOptions {
  rows: Row[]
  rounds: number
  /** Of each row, instead of its own number. */
  events?: number | undefined
}

/** The figures of each row, by its id. */
export type Round = Record<string, Figures>

const WARM_UP_SHARE = 0.2
const WARM_UP_EVENTS_MIN = 3_000

export async function measureRounds(bench: Bench, options: RoundsOptions): Promise<Round[]> {
  const { ceiling, systems } = await startAll(bench, options)
  const measure = (row: Row, events: number) => {
    if ('write' in row) return measureCeiling(row, ceiling, { seed: options.seed, events })
    return measureAndEmpty(bench, systems[row.system] as System, { ...row, seed: options.seed, events })
  }
  for (const row of options.rows) {
    const events = options.events ?? row.events
    showProgress(`warm-up: ${row.title}`)
    await measure(row, Math.max(WARM_UP_EVENTS_MIN, Math.ceil(events * WARM_UP_SHARE)))
  }
  const rounds: Round[] = []
  for (let number = 1; number <= options.rounds; number++) {
    const round: Round = {}
    for (const row of shuffled(options.rows, options.seed, number)) {
      showProgress(`round ${number} of ${options.rounds}: ${row.title}`)
      round[row.id] = await measure(row, options.events ?? row.events)
    }
    rounds.push(round)
  }
  return rounds
}

/** Emptying the tables also ends the fold that still has work, which would disturb the next row. */
async function measureAndEmpty(
  bench: Bench,
  system: System,
  shape: { seed: number; events: number; requestEvents: number; connections: number },
): Promise<Figures> {
  const figures = await measureLoad(system, bench.load, shape)
  await system.store.empty()
  return figures
}

async function startAll(
  bench: Bench,
  { rows, checkout }: RoundsOptions,
): Promise<{ ceiling: Ceiling; systems: Partial<Record<SystemName, System>> }> {
  const postgres = await bench.start('ceiling', startPostgres, ({ stop }) => stop())
  const databaseUrl = await postgres.createDatabase('ceiling')
  const ceiling = await bench.start(
    'ceiling',
    () => openCeiling(databaseUrl, postgres.pid),
    ({ close }) => close(),
  )
  const opened: Record<SystemName, (folder: string) => Promise<System>> = {
    pg: (folder) => startPlaytrace(checkout, folder, 'postgres'),
    redis: (folder) => startPlaytrace(checkout, folder, 'redis'),
    built: () => startCommonlyBuilt(postgres),
  }
  const systems: Partial<Record<SystemName, System>> = {}
  for (const name of new Set(rows.flatMap((row) => ('system' in row ? [row.system] : [])))) {
    systems[name] = await bench.start(name, opened[name], ({ stop }) => stop())
  }
  return { ceiling, systems }
}

/** Fisher–Yates; the same seed gives the same orders. */
export function shuffled<T>(items: readonly T[], seed: number, stream: number): T[] {
  const random = randomStream(seed, stream)
  const order = [...items]
  for (let last = order.length - 1; last > 0; last--) {
    const other = random.whole(0, last)
    const [a, b] = [order[last] as T, order[other] as T]
    order[last] = b
    order[other] = a
  }
  return order
}
