// The answers that screens read: the contract's types, and what the contract has as a schema alone.
import type { Static } from 'typebox'
import type { StoredEventSchema } from '../../src/contract/reading.ts'

export type { LiveRates, LiveSkipped } from '../../src/contract/live.ts'
export type {
  RejectionGroup,
  RejectionGroups,
  ReplayAnswer,
  StoredRejection,
} from '../../src/contract/quarantine.ts'
export type { Explanation } from '../../src/contract/reading.ts'
export type {
  Figures,
  Funnel,
  Levels,
  OverviewReport,
  PlayerProfile,
  Resources,
  Retention,
  Revenue,
  SeenProperties,
  Timeseries,
} from '../../src/contract/reports.ts'

/** Its properties hold numbers as they were spelled (lossless-json). */
export type StoredEvent = Static<typeof StoredEventSchema>
