// The players whom a rebuild of some days is about, in groups that are small enough to fold at once.
import type { PoolClient } from 'pg'
import { IS_FOLDED } from './folded-events.ts'
import { type Days, dayIsWithin, timeIsWithin } from './stretches.ts'

const GROUP_PLAYERS_MAX = 500

/** Those who were active in these days as the rollups have it, and as the events do. */
export async function findPlayers(
  client: PoolClient,
  { from, to }: Days,
): Promise<{ group: number; players: number }[]> {
  await client.query(`create temporary table rebuilt_players (
    game_id smallint, player_id text, player_group integer) on commit drop`)
  await client.query(
    `insert into rebuilt_players
     select game_id, player_id, row_number() over (order by game_id, player_id) / ${GROUP_PLAYERS_MAX}
     from (
       select game_id, player_id from playtrace.events where ${timeIsWithin('corrected_at')} and ${IS_FOLDED}
       union
       select game_id, player_id from playtrace.player_days join playtrace.players using (game_id, player_no)
       where ${dayIsWithin('day')}
     ) as active`,
    [from, to],
  )
  await client.query('create index on rebuilt_players (player_group)')
  await client.query('analyze rebuilt_players')
  const { rows } = await client.query<{ group: number; players: number }>(
    'select player_group as group, count(*)::integer as players from rebuilt_players group by player_group order by player_group',
  )
  return rows
}

/** Their rows go, and they are new to the fold that follows. */
export async function clearPlayers(client: PoolClient, group: number): Promise<void> {
  const players = `select player_no from rebuilt_players join playtrace.players using (game_id, player_id)
    where player_group = $1`
  for (const table of ['player_days', 'player_names', 'sessions', 'purchases', 'payer_days', 'players']) {
    await client.query(`delete from playtrace.${table} where player_no in (${players})`, [group])
  }
}
