// A flood of rejected events on a real database: rows are kept up to the rate, and the others are counted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openQuarantine, type Quarantine } from '../../../test/quarantine.ts'
import { postEvents } from '../../../test/test-app.ts'
import type { Answer } from '../../contract/answer.ts'
import type { RejectionGroups } from '../../contract/quarantine.ts'
import { KEPT_BYTES_A_MINUTE, KEPT_EVENTS_A_MINUTE } from '../../ingest/keep-rejections.ts'

const REQUESTS = 20
const NOON = Date.UTC(2026, 10, 22, 12)

/** Rejected events, some of them large. Some requests have one event that is accepted and that the database refuses. */
function requestOf(n: number): object[] {
  const bad = { name: 'bad', player_id: 'p' }
  return Array.from({ length: 1_000 }, (_, at) => {
    if (at === 0 && n % 5 === 0) return bad
    return { name: 'level', app_version: '1.1', lvl: at % 100 === 1 ? 'x'.repeat(8_000) : at }
  })
}

async function rowsOf({ database }: Quarantine) {
  const { rows } = await database.query(`select
    count(*) filter (where reason <> 'refused_by_database')::int as kept,
    count(*) filter (where reason = 'refused_by_database')::int as refused,
    sum(octet_length(raw))::int as bytes,
    (select sum(events)::int from playtrace.rejections_not_kept) as not_kept
    from playtrace.rejected_events`)
  return rows[0] as { kept: number; refused: number; bytes: number; not_kept: number }
}

test('1,000 of 20,000 rejected events in a minute are kept, and the others are counted once', async (t) => {
  const quarantine = await openQuarantine(t, { now: () => NOON })
  const { api, batches, database, get, store } = quarantine
  await database.query(`alter table playtrace.events add constraint no_bad check (name <> 'bad')`)
  let [accepted, rejected] = [0, 0]
  for (let n = 0; n < REQUESTS; n++) {
    const answer = (await postEvents(api, requestOf(n))).json<Answer>()
    accepted += answer.accepted
    rejected += answer.rejected.length
  }
  await quarantine.stored()
  assert.deepEqual([accepted, rejected], [4, 19_996], 'every event has its verdict')

  const rows = await rowsOf(quarantine)
  assert.equal(rows.kept, KEPT_EVENTS_A_MINUTE)
  assert.equal(rows.not_kept, rejected - KEPT_EVENTS_A_MINUTE)
  assert.equal(rows.refused, accepted, 'an accepted event that the database refuses is always kept')
  assert.ok(rows.bytes < KEPT_BYTES_A_MINUTE)

  for (const batch of batches) assert.deepEqual(await store(batch), { kind: 'done' })
  assert.deepEqual(await rowsOf(quarantine), rows, 'a batch that is consumed again adds nothing')

  const { groups, not_kept } = await get<RejectionGroups>()
  assert.deepEqual(
    groups.map(({ reason, name, events }) => [reason, name, events]),
    [
      ['unknown_field', 'level', KEPT_EVENTS_A_MINUTE],
      ['refused_by_database', 'bad', accepted],
    ],
  )
  assert.equal(not_kept, rows.not_kept)
  const metrics = await api.registry.metrics()
  assert.match(metrics, new RegExp(`^playtrace_rejected_events_not_kept_total\\{game="demo"\\} ${not_kept}$`, 'm'))
})

test('rejected events are kept again in the minute after the flood', async (t) => {
  let now = NOON
  const { get, send } = await openQuarantine(t, { now: () => now })
  await send(...Array(KEPT_EVENTS_A_MINUTE).fill({ name: 'n' }))
  await send({ name: 'late' }, { name: 'late' })
  now += 60_000
  await send({ name: 'late' })
  const { groups, not_kept } = await get<RejectionGroups>()
  assert.deepEqual(
    groups.map(({ name, events }) => [name, events]),
    [
      ['n', KEPT_EVENTS_A_MINUTE],
      ['late', 1],
    ],
  )
  assert.equal(not_kept, 2)
})
