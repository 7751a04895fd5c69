// The limits of the reports: ranges, points and lists. They keep each query within a few hundred milliseconds.

/** Days of a range, both ends included. */
export const RANGE_DAYS_MAX = 400
export const RANGE_DAYS_DEFAULT = 30
export const TIMESERIES_POINTS_MAX = 1_500
/** Days of a range that is read from `events`, because no rollup holds the figure. */
export const EVENTS_RANGE_DAYS_MAX = 31
/** Series of a split. One more, {@link OTHER}, holds the rest. */
export const TIMESERIES_SERIES_MAX = 10
export const OTHER = '(other)'
/** Distinct values that the rollups count by themselves on one day of a game. The rest counts as {@link OTHER}. */
export const NAMES_PER_DAY_MAX = 1_000
export const PLATFORMS_PER_DAY_MAX = 100
export const APP_VERSIONS_PER_DAY_MAX = 100
/** Days or weeks after the first day of a cohort. */
export const RETENTION_ENDS_MAX = 400
export const FUNNEL_STEPS_MIN = 2
export const FUNNEL_STEPS_MAX = 10
export const FUNNEL_WINDOW_HOURS_DEFAULT = 168
export const FUNNEL_WINDOW_HOURS_MAX = 24 * RANGE_DAYS_MAX
/** Days since the last active day after which a player can count as stopped at a level. */
export const STOPPED_AFTER_DAYS_DEFAULT = 3
export const STOPPED_AFTER_DAYS_MAX = 90
/** Groups of events that are not counted, and repeated transactions. */
export const DATA_QUALITY_MAX = 100
/** Entries of each list of levels, products, items and event names. */
export const LISTED_MAX = 1_000
export const CURRENCIES_MAX = 50
export const RESOURCES_MAX = 50
/** Newest events whose properties are read, properties that are listed, and values of each property. */
export const PROPERTY_EVENTS_MAX = 10_000
export const PROPERTIES_MAX = 200
export const PROPERTY_VALUES_MAX = 20
/** Characters of a property's value. A longer value is cut. */
export const PROPERTY_VALUE_LENGTH_MAX = 200
export const PLAYER_SESSIONS_MAX = 100
