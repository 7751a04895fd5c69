// SQL for a range of UTC days. In every report, `from` is $2 and `to` is $3, and both days are included.

/** Days as YYYY-MM-DD. */
export interface DayRange {
  from: string
  to: string
}

/** SQL: the time at which a day begins. A plain cast of a date would use the time zone of the connection. */
export function startOf(day: string): string {
  return `((${day})::date::timestamp at time zone 'UTC')`
}

/** SQL: whether the time is within the range of days. */
export function isWithin(column: string, from = '$2::date', to = '$3::date'): string {
  return `${column} >= ${startOf(from)} and ${column} < ${startOf(`${to} + 1`)}`
}

/** SQL: whether a row of `active_days` or `paying_days` counts players on their first day in the range, so counts each once. */
export function isFirstOfRange(from = '$2::date', to = '$3::date'): string {
  return `day between ${from} and ${to} and (previous_day is null or previous_day < ${from})`
}

/** SQL: all days of the range as `day`, so that a series has no gaps. */
export const DAYS = `(select $2::date + number as day from generate_series(0, $3::date - $2::date) as number)`
