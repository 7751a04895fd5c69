// The functions that read the reports, bound to one database.
import type { Database } from '../postgres/database.ts'
import { readDataQuality } from './data-quality.ts'
import { readFunnel } from './funnel.ts'
import { readFunnelInRange } from './funnel-in-range.ts'
import { readLevels } from './levels.ts'
import { readOverview } from './overview.ts'
import { readPlayer } from './player.ts'
import { readProperties } from './properties.ts'
import { readResources } from './resources.ts'
import { readRetention } from './retention.ts'
import { readRevenue } from './revenue.ts'
import { readTimeseries } from './timeseries.ts'

export type ReportReaders = ReturnType<typeof reportReaders>

/** Each function returns JSON as PostgreSQL wrote it. */
export function reportReaders(database: Database) {
  return {
    overview: readOverview.bind(null, database),
    timeseries: readTimeseries.bind(null, database),
    retention: readRetention.bind(null, database),
    levels: readLevels.bind(null, database),
    funnel: readFunnel.bind(null, database),
    funnelInRange: readFunnelInRange.bind(null, database),
    revenue: readRevenue.bind(null, database),
    dataQuality: readDataQuality.bind(null, database),
    resources: readResources.bind(null, database),
    properties: readProperties.bind(null, database),
    player: readPlayer.bind(null, database),
  }
}
