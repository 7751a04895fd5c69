// Which metrics over time can be read from rollups, and which only from the events themselves.
import type { TimeseriesInterval, TimeseriesMetric } from './reports.ts'

/** A split by a property is this and the property's key. */
export const PROPERTY_SPLIT = 'properties.'

export interface TimeseriesChoice {
  metric: TimeseriesMetric
  interval: TimeseriesInterval
  /** Only events of this name. */
  name: string | undefined
  /** `name`, `platform`, `app_version` or `properties.<key>`. */
  split: string | undefined
}

/** Whether no rollup holds it, so that its range is bounded. */
export function readsEvents({ metric, interval, name, split }: TimeseriesChoice): boolean {
  if (metric === 'events') return interval === 'minute' || (split?.startsWith(PROPERTY_SPLIT) ?? false)
  return metric === 'players' && (interval !== 'day' || name !== undefined || split !== undefined)
}
