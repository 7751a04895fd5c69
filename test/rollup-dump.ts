// All rollups as plain rows, in one order, with players by their id: two databases, or two moments, can be compared.
import type { Database } from '../src/storage/postgres/database.ts'

const OF_PLAYER = 'join playtrace.players using (game_id, player_no)'
// Money and amounts as text, to the last digit; trim_scale: 1.0 and 1 are one amount.
const TABLES = {
  players: `select game_id, player_id, first_day, last_day, first_seen_at, first_purchase_at
    from playtrace.players`,
  player_days: `select game_id, player_id, day, player_days.first_day, previous_day from playtrace.player_days ${OF_PLAYER}`,
  player_names: `select game_id, player_id, name, first_at from playtrace.player_names ${OF_PLAYER}`,
  player_levels: `select game_id, player_id, level, first_tried_at, first_completed_at
    from playtrace.player_levels ${OF_PLAYER}`,
  sessions: `select game_id, player_id, started_at, ended_at, events from playtrace.sessions ${OF_PLAYER}`,
  event_times: 'select game_id, first_event_at, last_event_at from playtrace.event_times',
  hourly_events: 'select game_id, hour, name, platform, app_version, events from playtrace.hourly_events',
  level_days: 'select game_id, day, level, starts, fails, completes from playtrace.level_days',
  level_seconds: 'select game_id, day, level, seconds, completes from playtrace.level_seconds',
  resource_days: `select game_id, day, resource, item, direction, trim_scale(amount)::text as amount, events
    from playtrace.resource_days`,
  purchases: `select game_id, player_id, corrected_at, event_id, product_id, currency, amount_minor::text as amount_minor,
    transaction_id from playtrace.purchases ${OF_PLAYER}`,
  payer_days: `select game_id, player_id, currency, day, previous_day from playtrace.payer_days ${OF_PLAYER}`,
  mismatch_days: `select game_id, day, name, path, app_version, events, sample_event_id, sample_at
    from playtrace.mismatch_days`,
}

/** By table, its rows as JSON, sorted. */
export type RollupDump = Record<keyof typeof TABLES, string[]>

export async function dumpRollups(database: Pick<Database, 'query'>): Promise<RollupDump> {
  const dump: Partial<RollupDump> = {}
  for (const [table, rows] of Object.entries(TABLES)) {
    const result = await database.query<{ row: Record<string, unknown> }>(
      `select row_to_json(rows) as row from (${rows}) as rows`,
    )
    dump[table as keyof typeof TABLES] = result.rows.map(({ row }) => JSON.stringify(row, inUtc)).sort()
  }
  return dump as RollupDump
}

/** row_to_json writes times in the session's zone. */
function inUtc(key: string, value: unknown): unknown {
  return /_at$|^hour$/.test(key) && typeof value === 'string' ? new Date(value).toISOString() : value
}
