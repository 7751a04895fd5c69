// The types of the API's answers that the screens read.
import type { Static } from 'typebox'
import type { StoredEventSchema } from '../../src/contract/reading.ts'

export type { LiveRates, LiveSkipped } from '../../src/contract/live.ts'
export type { PlayerProfile } from '../../src/contract/player.ts'
export type { Funnel, Levels, Retention } from '../../src/contract/progress-reports.ts'
export type {
  RejectionGroup,
  RejectionGroups,
  ReplayAnswer,
  StoredRejection,
} from '../../src/contract/quarantine.ts'
export type { Explanation } from '../../src/contract/reading.ts'
export type { Figures, OverviewReport, Resources, Revenue, SeenProperties } from '../../src/contract/reports.ts'
export type { Timeseries } from '../../src/contract/timeseries.ts'

/** Numbers in the properties keep every digit (lossless-json). */
export type StoredEvent = Static<typeof StoredEventSchema>
