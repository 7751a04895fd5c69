// Reads what is stored and not counted as sent: standard events with a mismatch, purchases of keys that do not count, and purchases
// that share a transaction_id.
import { DATA_QUALITY_MAX } from '../../contract/report-limits.ts'
import type { Database } from '../postgres/database.ts'
import { type DayRange, isWithin } from './day-range.ts'
import { readOneJson } from './read-json.ts'

/** @returns DataQuality as JSON */
export function readDataQuality(database: Database, gameId: number, { from, to }: DayRange): Promise<string> {
  return readOneJson(
    database,
    `select json_build_object('not_counted', (${notCounted()}), 'repeated_transactions', (${REPEATED_TRANSACTIONS}),
       'set_aside', (${SET_ASIDE}))::text as json`,
    [gameId, from, to],
  )
}

/**
 * SQL: the standard events that a report leaves out, as JSON. The statement around it has the game and the range as $1 to $3.
 * @param names the names of the events; none means all
 */
export function notCounted(...names: string[]): string {
  const ofNames = names.length > 0 ? `and name in (${names.map((name) => `'${name}'`).join(', ')})` : ''
  return `
  select coalesce(json_agg(left_out order by events desc, name, path, app_version), '[]')
  from (
    select name, case path when '' then 'key' else 'properties' end as reason, path, app_version, sum(events) as events,
      (array_agg(sample_event_id order by sample_at desc, sample_event_id desc))[1] as sample_event_id
    from playtrace.mismatch_days
    where game_id = $1 and day between $2::date and $3::date ${ofNames}
    group by name, path, app_version order by events desc, name, path, app_version limit ${DATA_QUALITY_MAX}
  ) as left_out`
}

const REPEATED_TRANSACTIONS = `
  select coalesce(json_agg(repeated order by purchases desc, transaction_id), '[]')
  from (
    select transaction_id, count(*) as purchases,
      (array_agg(event_id order by corrected_at, event_id))[1:${DATA_QUALITY_MAX}] as event_ids
    from playtrace.purchases where game_id = $1 and transaction_id is not null and ${isWithin('corrected_at')}
    group by transaction_id having count(*) > 1 order by purchases desc, transaction_id limit ${DATA_QUALITY_MAX}
  ) as repeated`

const SET_ASIDE = `
  select count(*) from playtrace.unrolled_writes join playtrace.events using (write_id)
  where set_aside_at is not null and game_id = $1`
