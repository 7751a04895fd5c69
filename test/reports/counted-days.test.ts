// What triggers count of player_days, sessions and purchases is what is in them: after late days, rebuilds, and a truncation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Levels } from '../../src/contract/progress-reports.ts'
import type { Resources, Revenue } from '../../src/contract/reports.ts'
import type { Database } from '../../src/storage/postgres/database.ts'
import { rebuildRollups } from '../../src/storage/rollups/rebuild.ts'
import { gameHistory } from './game-history.ts'
import { openReports, storeOutOfOrder } from './reports-system.ts'

const OPTIONS = { stop: new AbortController().signal, onProgress() {} }

async function differences(database: Database): Promise<unknown[]> {
  const { rows } = await database.query(`
    with days as (
      select game_id, day, previous_day, count(*) as players from playtrace.player_days group by 1, 2, 3
    ),
    cohorts as (
      select game_id, first_day, day, previous_day is null or date_trunc('week', previous_day) < date_trunc('week', day) as is_first_of_week,
        count(*) as players
      from playtrace.player_days group by 1, 2, 3, 4
    ),
    sat as (
      select game_id, (started_at at time zone 'UTC')::date as day, count(*) as sessions,
        sum(extract(epoch from ended_at - started_at)) as seconds
      from playtrace.sessions group by 1, 2
    ),
    bought as (
      select game_id, (corrected_at at time zone 'UTC')::date as day, currency, product_id, count(*) as purchases,
        sum(amount_minor) as amount_minor
      from playtrace.purchases group by 1, 2, 3, 4
    ),
    paid as (
      select game_id, day, currency, previous_day, count(*) as players from playtrace.payer_days group by 1, 2, 3, 4
    ),
    counted_purchases as (
      select game_id, day, currency, product_id, purchases, amount_minor from playtrace.revenue_days
      where purchases <> 0 or amount_minor <> 0
    ),
    counted_payers as (select game_id, day, currency, previous_day, players from playtrace.paying_days where players <> 0),
    counted_sessions as (select game_id, day, sessions, seconds from playtrace.session_days where sessions <> 0 or seconds <> 0),
    counted_days as (select game_id, day, previous_day, players from playtrace.active_days where players <> 0),
    counted_cohorts as (
      select game_id, first_day, day, is_first_of_week, players from playtrace.cohort_days where players <> 0
    )
    select to_jsonb(one) from (table bought except table counted_purchases) as one
    union all select to_jsonb(one) from (table counted_purchases except table bought) as one
    union all select to_jsonb(one) from (table paid except table counted_payers) as one
    union all select to_jsonb(one) from (table counted_payers except table paid) as one
    union all select to_jsonb(one) from (table sat except table counted_sessions) as one
    union all select to_jsonb(one) from (table counted_sessions except table sat) as one
    union all select to_jsonb(one) from (table days except table counted_days) as one
    union all select to_jsonb(one) from (table counted_days except table days) as one
    union all select to_jsonb(one) from (table cohorts except table counted_cohorts) as one
    union all select to_jsonb(one) from (table counted_cohorts except table cohorts) as one`)
  return rows
}

test('players, sessions and purchases counted by days are those that there are, however they came to be', async (t) => {
  const system = await openReports(t, Date.now())
  const { database } = system
  const players = async () =>
    Number((await database.query('select sum(players) as players from playtrace.active_days')).rows[0].players)
  await storeOutOfOrder(system, gameHistory())
  const all = await players()
  assert.ok(all > 100)
  assert.deepEqual(await differences(database), [])
  await rebuildRollups(database, OPTIONS)
  assert.deepEqual([await players(), await differences(database)], [all, []])
  await database.query('truncate playtrace.player_days, playtrace.sessions, playtrace.purchases, playtrace.payer_days')
  assert.deepEqual(await differences(database), [])
})

test('every stored standard event is counted, or listed as not counted', async (t) => {
  const system = await openReports(t, Date.parse('2026-11-05T12:00:00Z'))
  await storeOutOfOrder(system, gameHistory())
  const range = 'from=2026-10-01&to=2026-11-30'
  const read = async <Report>(path: string) => JSON.parse(await system.get(`reports/${path}?${range}`)) as Report
  const levels = await read<Levels>('levels')
  const revenue = await read<Revenue>('revenue')
  const resources = await read<Resources>('resources')
  const sum = <One>(ones: One[], of: (one: One) => number) => ones.reduce((total, one) => total + of(one), 0)
  const shown = {
    levels: sum(levels.levels, (level) => level.starts + level.fails + level.completes),
    purchases: sum(revenue.currencies, ({ purchases }) => purchases),
    resources: sum(resources.resources, ({ items }) => sum(items, ({ events }) => events)),
  }
  const left = [levels, revenue, resources].map(({ not_counted }) => sum(not_counted, ({ events }) => events))
  assert.ok(left.every((events) => events > 0))
  const { rows } = await system.database.query(`select count(*) filter (where name like 'level\\_%')::int as levels,
    count(*) filter (where name = 'purchase')::int as purchases,
    count(*) filter (where name like 'resource\\_%')::int as resources
    from playtrace.events where game_id = 1`)
  const { levels: ofLevels, purchases, resources: ofResources } = shown
  assert.deepEqual(rows, [
    {
      levels: ofLevels + (left[0] ?? 0),
      purchases: purchases + (left[1] ?? 0),
      resources: ofResources + (left[2] ?? 0),
    },
  ])
})
