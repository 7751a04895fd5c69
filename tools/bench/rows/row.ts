// A row of the table: something that is measured once a round.
import type { Figures } from '../figures.ts'
import type { DataKind } from '../load/plan.ts'

export interface RowContext {
  /** A data folder whose database is initialised and migrated; nothing runs on it. */
  dataDir: string
  data: DataKind
  seed: number
  events: number
  /** Where processes leave CPU profiles, where that is asked for. */
  profilesDir: string | undefined
}

export interface Row {
  /** For --only. */
  id: string
  title: string
  /** The row of what is commonly built that it is a multiple of. */
  baseline?: string
  /** Sent in each round where --events does not say: several seconds' worth. */
  events: number
  /** What is tried, once each before the rounds; the best goes into them. */
  choices?: { of: string; values: [number, ...number[]] }
  /** @param choice one of the choices; 0 where there are none */
  run(context: RowContext, choice: number): Promise<Figures>
}
