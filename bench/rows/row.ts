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
  run(context: RowContext): Promise<Figures>
}

/** Of a row's events, sent before the clock runs. */
const WARM_UP_SHARE = 0.15

export function warmUpEvents(events: number): number {
  return Math.ceil(events * WARM_UP_SHARE)
}
