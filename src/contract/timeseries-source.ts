// Which figures over time can be read from rollups, and which only from the events themselves.
import type { TimeseriesFigure, TimeseriesInterval } from './reports.ts'

/** A split by a property is this and the property's key. */
export const PROPERTY_SPLIT = 'properties.'

export interface TimeseriesChoice {
  figure: TimeseriesFigure
  interval: TimeseriesInterval
  /** Only events of this name. */
  name: string | undefined
  /** `name`, `platform`, `app_version` or `properties.<key>`. */
  split: string | undefined
}

/** Whether no rollup holds it, so that its range is bounded. */
export function readsEvents({ figure, interval, name, split }: TimeseriesChoice): boolean {
  if (figure === 'events') return interval === 'minute' || (split?.startsWith(PROPERTY_SPLIT) ?? false)
  return figure === 'players' && (interval !== 'day' || name !== undefined || split !== undefined)
}
