// Interleaved rounds: each round measures every row once, in an order of its own. A disturbance of the machine meets all rows
// alike, and a ratio compares two figures that were measured within a minute.
import { randomStream } from '../../src/simulation/random.ts'
import type { Bench, BenchOptions } from './bench.ts'
import { type Ceiling, openCeiling } from './ceiling.ts'
import { type Playtrace, type QueueKind, startPlaytrace } from './playtrace.ts'
import { showProgress } from './print.ts'
import { type Figures, measureCeiling, measureLoad, type Row } from './rows.ts'

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
  const { seed } = options
  const measure = async (row: Row, events: number) => {
    if ('write' in row) return measureCeiling(row, ceiling, { seed, events })
    const playtrace = systems[row.queue] as Playtrace
    const figures = await measureLoad(playtrace, bench.load, { ...row, seed, events })
    // This also ends a fold that still has work, which would disturb the next row.
    await playtrace.store.empty()
    return figures
  }
  for (const row of options.rows) {
    const events = options.events ?? row.events
    showProgress(`warm-up: ${row.title}`)
    await measure(row, Math.max(WARM_UP_EVENTS_MIN, Math.ceil(events * WARM_UP_SHARE)))
  }
  const rounds: Round[] = []
  for (let number = 1; number <= options.rounds; number++) {
    const round: Round = {}
    for (const row of shuffled(options.rows, seed, number)) {
      showProgress(`round ${number} of ${options.rounds}: ${row.title}`)
      round[row.id] = await measure(row, options.events ?? row.events)
    }
    rounds.push(round)
  }
  return rounds
}

async function startAll(bench: Bench, { rows, checkout }: RoundsOptions) {
  const ceiling: Ceiling = await bench.start('ceiling', openCeiling)
  const systems: Partial<Record<QueueKind, Playtrace>> = {}
  for (const queue of new Set(rows.flatMap((row) => ('queue' in row ? [row.queue] : [])))) {
    systems[queue] = await bench.start(queue, (folder) => startPlaytrace(checkout, folder, queue))
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
