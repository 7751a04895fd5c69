// All that the reports' routes read with, on one database.
import type { Database } from '../postgres/database.ts'
import type { DayRange } from './day-range.ts'
import { readFunnel } from './funnel.ts'
import { readLevels } from './levels.ts'
import { readOverview } from './overview.ts'
import { readPlayer } from './player.ts'
import { readProperties } from './properties.ts'
import { readResources } from './resources.ts'
import { readRetention } from './retention.ts'
import { readRevenue } from './revenue.ts'
import { readTimeseries, type TimeseriesRequest } from './timeseries.ts'

/** Each answers with JSON as PostgreSQL wrote it. `today` is a UTC day. */
export interface ReportReaders {
  overview: (gameId: number, range: DayRange) => Promise<string>
  timeseries: (gameId: number, request: TimeseriesRequest) => Promise<string>
  retention: (gameId: number, range: DayRange, by: 'day' | 'week', today: string) => Promise<string>
  levels: (gameId: number, range: DayRange, today: string) => Promise<string>
  funnel: (gameId: number, range: DayRange, steps: string[], windowHours: number) => Promise<string>
  revenue: (gameId: number, range: DayRange) => Promise<string>
  resources: (gameId: number, range: DayRange) => Promise<string>
  properties: (gameId: number, range: DayRange, name: string | undefined) => Promise<string>
  /** undefined: there is no such player. */
  player: (gameId: number, playerId: string) => Promise<string | undefined>
}

export function reportReaders(database: Database): ReportReaders {
  return {
    overview: (...asked) => readOverview(database, ...asked),
    timeseries: (...asked) => readTimeseries(database, ...asked),
    retention: (...asked) => readRetention(database, ...asked),
    levels: (...asked) => readLevels(database, ...asked),
    funnel: (...asked) => readFunnel(database, ...asked),
    revenue: (...asked) => readRevenue(database, ...asked),
    resources: (...asked) => readResources(database, ...asked),
    properties: (...asked) => readProperties(database, ...asked),
    player: (...asked) => readPlayer(database, ...asked),
  }
}
