// Query plans: PostgreSQL reads a page of many events by index.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import type { Database } from '../postgres/database.ts'
import { attachMonth } from './partitions.ts'
import { type EventFilter, readEvents } from './read-events.ts'

const EVERYTHING: EventFilter = {
  from: undefined,
  to: undefined,
  name: undefined,
  player_id: undefined,
  session_id: undefined,
  country: undefined,
  seq: undefined,
}

interface PlanNode {
  'Node Type': string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

/** 50,000 events of 500 players and 5,000 sessions in three months, a tenth of them another game's. */
async function fill(database: Database): Promise<void> {
  for (const month of ['2026-08', '2026-09', '2026-10']) await attachMonth(database, month)
  await database.query(`
    insert into playtrace.events
      (identified_at, occurred_at, received_at, corrected_at, event_id, batch_id, game_id, clock_suspect, name, player_id, session_id, properties)
    select at, at, at, at, gen_random_uuid(), gen_random_uuid(), case when n % 10 = 0 then 2 else 1 end, false,
      'name-' || n % 7, 'player-' || n % 500, 'session-' || n / 10, '{}'
    from (select n, timestamptz '2026-08-01 00:00:00+00' + n * interval '2 minutes' as at from generate_series(1, 50000) n) _`)
  await database.query('analyze playtrace.events')
}

/** Runs the very statement of `readEvents` under EXPLAIN. */
async function planOf(database: Database, filter: Partial<EventFilter>, cursor?: string): Promise<PlanNode[]> {
  let plan: PlanNode | undefined
  const explaining = {
    async query(statement: string, values: unknown[]) {
      const { rows } = await database.query(`explain (analyze, format json) ${statement}`, values)
      plan = rows[0]['QUERY PLAN'][0].Plan
      return { rows: [] }
    },
  }
  await readEvents(explaining as unknown as Database, 1, { ...EVERYTHING, ...filter }, { limit: 100, cursor })
  assert.ok(plan)
  return nodesOf(plan)
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

const indexes = (plan: PlanNode[]) => plan.flatMap((node) => node['Index Name'] ?? [])
const rowsTouched = (plan: PlanNode[]) =>
  Math.max(...plan.map((node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']))

function assertReadsBy(index: RegExp, plan: PlanNode[], rowsMax: number): void {
  const shown = JSON.stringify(plan.map(({ Plans, ...node }) => node))
  assert.ok(!plan.some((node) => node['Node Type'] === 'Seq Scan' && node['Actual Rows'] > 0), shown)
  assert.ok(
    indexes(plan).some((name) => index.test(name)),
    shown,
  )
  assert.ok(rowsTouched(plan) <= rowsMax, `${rowsTouched(plan)} rows were touched: ${shown}`)
}

test('pages are read by index', async (t) => {
  const { database } = await openFreshDatabase(t)
  await fill(database)

  await t.test('newest first', async () => {
    assertReadsBy(/corrected_at/, await planOf(database, {}), 400)
  })
  await t.test('from a cursor in the middle', async () => {
    const range = { from: undefined, to: '2026-09-15T00:00:00Z' }
    const page = await readEvents(database, 1, { ...EVERYTHING, ...range }, { limit: 1, cursor: undefined })
    assertReadsBy(/corrected_at/, await planOf(database, {}, page.next_cursor ?? undefined), 400)
  })
  await t.test('in a range', async () => {
    const range = { from: '2026-09-01T00:00:00Z', to: '2026-09-01T02:00:00Z' }
    assertReadsBy(/corrected_at/, await planOf(database, range), 400)
  })
  await t.test('of a player', async () => {
    assertReadsBy(/player_id/, await planOf(database, { player_id: 'player-123' }), 400)
  })
})

test('a repeated event is found by the primary key of one partition', async (t) => {
  const { database } = await openFreshDatabase(t)
  await fill(database)
  await batchWriter(database)(batchOf([storableEvent({ occurred_at: '2026-09-09T00:00:00.000Z' })]))
  const { rows } = await database.query(`explain (format json) select from playtrace.events
    where game_id = 1 and identified_at = '2026-09-09T00:00:00Z' and event_id = gen_random_uuid()`)
  const plan = nodesOf(rows[0]['QUERY PLAN'][0].Plan)
  assert.deepEqual(indexes(plan), ['events_2026_09_pkey'])
})
