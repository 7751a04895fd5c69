// Interleaved rounds: each runs every row once, in an order of its own, so that whatever else the machine does meets all
// rows alike, and a ratio compares what was measured within a minute or two.
import { randomStream } from '../src/simulation/random.ts'
import type { Figures } from './figures.ts'
import type { DataKind } from './load/plan.ts'
import type { Row } from './rows/row.ts'

export interface RoundsOptions {
  rows: Row[]
  rounds: number
  /** Of each row; undefined: as many as the row says. */
  events: number | undefined
  data: DataKind
  seed: number
  dataDir: string
  profilesDir: string | undefined
  stop: AbortSignal
  onProgress: (progress: { done: number; row: string }) => void
}

/** One round: what each row measured, by its id. */
export type Round = Record<string, Figures>

/** @returns the whole rounds; fewer than asked for where it was stopped */
export async function runRounds(options: RoundsOptions): Promise<Round[]> {
  const { rows, data, seed, dataDir, profilesDir } = options
  const rounds: Round[] = []
  let done = 0
  for (let number = 0; number < options.rounds; number++) {
    const round: Round = {}
    for (const row of shuffled(rows, seed, number)) {
      if (options.stop.aborted) return rounds
      options.onProgress({ done, row: row.title })
      const events = options.events ?? row.events
      round[row.id] = await row.run({ dataDir, data, seed, events, profilesDir })
      done++
    }
    rounds.push(round)
  }
  return rounds
}

/** Fisher–Yates; the same seed, the same orders. */
function shuffled<T>(items: T[], seed: number, stream: number): T[] {
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
