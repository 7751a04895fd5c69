// A range of UTC days, as the reports' statements read it: `from` and `to` are $2 and $3 of each, both included.

/** Days as YYYY-MM-DD. */
export interface DayRange {
  from: string
  to: string
}

/** SQL for the moment at which a day begins. A date made a time by itself would begin in the session's zone. */
export function startOf(day: string): string {
  return `((${day})::date::timestamp at time zone 'UTC')`
}

/** SQL for a condition: the time is within the range of days. */
export function isWithin(column: string, from = '$2::date', to = '$3::date'): string {
  return `${column} >= ${startOf(from)} and ${column} < ${startOf(`${to} + 1`)}`
}

/**
 * SQL for a condition on `active_days` or `paying_days`: of each player who was active, or paid, in the range, the first day
 * in it.
 */
export function isFirstOfRange(from = '$2::date', to = '$3::date'): string {
  return `day between ${from} and ${to} and (previous_day is null or previous_day < ${from})`
}

/** SQL for the UTC day of a time. */
export function dayOf(column: string): string {
  return `((${column}) at time zone 'UTC')::date`
}

/** SQL for all days of the range, as `day`: what is drawn over time has no gaps. */
export const DAYS = `(select $2::date + number as day from generate_series(0, $3::date - $2::date) as number)`
