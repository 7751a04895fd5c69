// All rollups as plain rows, in one order, with players by their id: two databases, or two moments, can be compared.
import type pg from 'pg'

const TABLES = {
  players: `select game_id, player_id, first_day, last_day, first_seen_at, level_tried, level_completed, first_purchase_at
    from playtrace.players`,
  player_days: `select game_id, player_id, day, player_days.first_day, previous_day
    from playtrace.player_days join playtrace.players using (game_id, player_no)`,
  player_names: `select game_id, player_id, name, first_at
    from playtrace.player_names join playtrace.players using (game_id, player_no)`,
  sessions: `select game_id, player_id, started_at, ended_at, events
    from playtrace.sessions join playtrace.players using (game_id, player_no)`,
  hourly_events: 'select * from playtrace.hourly_events',
  level_days: 'select * from playtrace.level_days',
  level_seconds: 'select * from playtrace.level_seconds',
  // trim_scale: 1.0 and 1 are one amount.
  resource_days: `select game_id, day, resource, item, direction, trim_scale(amount) as amount, events
    from playtrace.resource_days`,
  purchases: `select game_id, player_id, corrected_at, occurred_at, event_id, product_id, currency, amount_minor, transaction_id
    from playtrace.purchases join playtrace.players using (game_id, player_no)`,
  mismatch_days: 'select * from playtrace.mismatch_days',
}

/** By table, its rows as JSON. */
export type RollupDump = Record<keyof typeof TABLES, string[]>

export async function dumpRollups(database: pg.Pool | pg.Client): Promise<RollupDump> {
  const dump: Partial<RollupDump> = {}
  for (const [table, rows] of Object.entries(TABLES)) {
    const result = await database.query<{ json: string }>(
      `select row_to_json(rows)::text as json from (${rows}) as rows`,
    )
    dump[table as keyof typeof TABLES] = result.rows.map(({ json }) => json).sort()
  }
  return dump as RollupDump
}
