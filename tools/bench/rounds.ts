// Interleaved rounds: each runs every row once, in an order of its own, so that whatever else the machine does meets all
// rows alike, and a ratio compares what was measured within a minute or two.
import { join } from 'node:path'
import { randomStream } from '../../src/simulation/random.ts'
import type { BenchRun } from './bench-run.ts'
import type { Figures } from './figures.ts'
import type { DataKind } from './load/plan.ts'
import type { Row, RowContext } from './rows/row.ts'

/** Of a row's events, sent for each of its choices. */
const TRY_SHARE = 0.3

export interface RoundsOptions {
  rows: Row[]
  rounds: number
  /** Of each row; undefined: as many as the row says. */
  events: number | undefined
  data: DataKind
  seed: number
  profilesDir: string | undefined
}

/** One round: what each row measured, by its id. */
export type Round = Record<string, Figures>

/** By row: what was chosen before the rounds. */
export type Choices = Record<string, number>

/** @returns the whole rounds; fewer than asked for where it was stopped */
export async function runRounds(
  options: RoundsOptions,
  run: BenchRun,
): Promise<{ rounds: Round[]; choices: Choices }> {
  const choices: Choices = {}
  for (const row of options.rows) if (row.choices) choices[row.id] = await choose(row, options, run)
  const rounds: Round[] = []
  let done = 0
  for (let number = 0; number < options.rounds; number++) {
    const round: Round = {}
    for (const row of shuffled(options.rows, options.seed, number)) {
      if (run.stop.aborted) return { rounds, choices }
      run.progress(row.title, done)
      round[row.id] = await row.run(contextOf(row, options, run), choices[row.id] ?? 0)
      done++
    }
    rounds.push(round)
  }
  return { rounds, choices }
}

/** The one that brings the most events through, each tried once with fewer of them. */
async function choose(row: Row, options: RoundsOptions, run: BenchRun): Promise<number> {
  const [first, ...others] = row.choices?.values ?? [0]
  const context = contextOf(row, options, run)
  const events = Math.ceil(context.events * TRY_SHARE)
  const rate = async (value: number) => {
    run.progress(`${row.title}: trying ${value} ${row.choices?.of}`)
    return (await row.run({ ...context, events }, value)).eventsPerSecond
  }
  let best = { value: first, rate: await rate(first) }
  for (const value of others) {
    if (run.stop.aborted) break
    const tried = { value, rate: await rate(value) }
    if (tried.rate > best.rate) best = tried
  }
  return best.value
}

function contextOf(
  row: Row,
  { events, data, seed, profilesDir }: RoundsOptions,
  { dataDir }: BenchRun,
): RowContext {
  const ofRow = profilesDir === undefined ? undefined : join(profilesDir, row.id)
  return { dataDir, data, seed, events: events ?? row.events, profilesDir: ofRow }
}

/** Fisher–Yates; the same seed, the same orders. */
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
