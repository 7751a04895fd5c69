// A flood of rejects on a real database: what is kept stays within its bounds, and with what is counted it adds up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openQuarantine, type Quarantine } from '../../../test/quarantine.ts'
import { postEvents } from '../../../test/test-app.ts'
import type { Answer } from '../../contract/answer.ts'
import type { RejectionGroups } from '../../contract/quarantine.ts'
import {
  KINDS_AN_HOUR,
  SAMPLE_BYTES_MAX,
  SAMPLES_A_MINUTE,
  WHOLE_BYTES_A_MINUTE,
  WHOLE_EVENTS_A_MINUTE,
} from '../../ingest/sample-rejections.ts'

const REQUESTS = 200
const NOON = Date.UTC(2026, 10, 22, 12)

/** A bad release, and names without end; some are too large for a sample. One is accepted, and the database refuses it. */
function requestOf(n: number): object[] {
  const bad = { name: 'bad', player_id: 'p' }
  return Array.from({ length: 1_000 }, (_, at) => {
    if (at === 0 && n % 50 === 0) return bad
    if (at % 2 === 0) return { name: 'level', app_version: '1.1', lvl: at }
    return { name: `n${(n * 1_000 + at) % 30_000}`, text: at % 100 === 1 ? 'x'.repeat(SAMPLE_BYTES_MAX) : '' }
  })
}

async function figuresOf({ database }: Quarantine) {
  const { rows } = await database.query(`select
    (select count(*)::int from playtrace.rejected_events) as kept,
    (select count(*)::int from playtrace.rejected_events where reason = 'refused_by_database') as refused,
    (select sum(octet_length(raw))::int from playtrace.rejected_events) as bytes,
    (select sum(events)::int from playtrace.unkept_rejections) as unkept,
    (select count(*)::int from playtrace.unkept_rejections) as kinds`)
  return rows[0] as { kept: number; refused: number; bytes: number; unkept: number; kinds: number }
}

test('200,000 rejects in a minute: bounded, counted to the last one, and once', async (t) => {
  const quarantine = await openQuarantine(t, { now: () => NOON })
  const { api, batches, database, get, replay, store } = quarantine
  await database.query(`alter table playtrace.events add constraint no_bad check (name <> 'bad')`)
  let [accepted, rejected] = [0, 0]
  for (let n = 0; n < REQUESTS; n++) {
    const answer = (await postEvents(api, requestOf(n))).json<Answer>()
    accepted += answer.accepted
    rejected += answer.rejected.length
  }
  await quarantine.stored()
  assert.deepEqual([accepted, rejected], [REQUESTS / 50, REQUESTS * 1_000 - REQUESTS / 50], 'all are told')

  const figures = await figuresOf(quarantine)
  const { kept, refused, bytes, unkept, kinds } = figures
  assert.equal(kept - refused + unkept, rejected)
  assert.equal(refused, accepted, 'what was acknowledged is kept, flood or not')
  assert.ok(
    kept - refused > WHOLE_EVENTS_A_MINUTE && kept - refused <= WHOLE_EVENTS_A_MINUTE + SAMPLES_A_MINUTE,
  )
  assert.ok(bytes < WHOLE_BYTES_A_MINUTE + SAMPLES_A_MINUTE * SAMPLE_BYTES_MAX)
  assert.ok(kinds > 100 && kinds <= KINDS_AN_HOUR + 1, `${kinds} kinds`)

  for (const batch of batches) assert.deepEqual(await store(batch), { kind: 'done' })
  assert.deepEqual(await figuresOf(quarantine), figures, 'consumed again, and taken apart again')

  const answer = await get<RejectionGroups>()
  const level = answer.groups[0]
  assert.deepEqual([level?.reason, level?.name, level?.app_version], ['unknown_field', 'level', '1.1'])
  assert.equal(answer.unkept, unkept)
  assert.equal((level?.events ?? 0) + (level?.unkept ?? 0), REQUESTS * 500 - accepted)
  assert.equal(level?.first_received_at, '2026-11-22T12:00:00.000000Z')
  assert.equal(level?.samples.length, 3)
  const { name, app_version } = level ?? assert.fail()
  const replayed = await replay({ group: { reason: 'unknown_field', name, app_version } })
  assert.equal(replayed.unkept, level.unkept)
  const metrics = await api.registry.metrics()
  assert.match(metrics, new RegExp(`^playtrace_rejections_unkept_total\\{game="demo"\\} ${unkept}$`, 'm'))
})

test('the minute after the flood everything is kept again, and a group may be counted alone', async (t) => {
  let now = NOON
  const { get, send } = await openQuarantine(t, { now: () => now })
  const large = { name: 'large', text: 'x'.repeat(SAMPLE_BYTES_MAX) }
  await send(...Array(WHOLE_EVENTS_A_MINUTE).fill({ name: 'n' }))
  await send(large, large)
  const { groups, unkept } = await get<RejectionGroups>()
  assert.deepEqual(
    groups.map(({ name, events, unkept, samples }) => [name, events, unkept, samples.length]),
    [
      ['n', WHOLE_EVENTS_A_MINUTE, 0, 3],
      ['large', 0, 2, 0],
    ],
  )
  assert.equal(unkept, 2)
  now += 60_000
  await send(large)
  const after = (await get<RejectionGroups>()).groups.find(({ name }) => name === 'large')
  assert.deepEqual(
    [after?.events, after?.unkept, after?.first_received_at, after?.last_received_at],
    [1, 2, '2026-11-22T12:00:00.000000Z', '2026-11-22T12:01:00.000000Z'],
  )
})
