// The routes of the quarantine on a real database: groups, single rejections, and replay, which stores once.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent } from '../../../test/batches.ts'
import { onEnd } from '../../../test/on-end.ts'
import { askRejections, openQuarantine } from '../../../test/quarantine.ts'
import { assertProblem, DEMO, KEYS, OTHER, openTestApp, postEvents } from '../../../test/test-app.ts'
import { fingerprintOf, hashKey } from '../../contract/key.ts'
import type { RejectionGroups, RejectionsPage, StoredRejection } from '../../contract/quarantine.ts'
import { readEvents } from '../../storage/events/read-events.ts'
import { addKey, ensureGame } from '../../storage/games/games.ts'

test('rejections are grouped by reason, name and app_version, listed, and shown in full', async (t) => {
  const { api, send, get } = await openQuarantine(t)
  await send({ name: 'n', app_version: '1.0' }, { name: 'n', app_version: '1.0' }, { name: 'n' }, { name: 7 })
  const { groups, groups_left_out } = await get<RejectionGroups>()
  assert.equal(groups_left_out, 0)
  assert.deepEqual(
    groups.map(({ reason, name, app_version, events, replayed }) => [reason, name, app_version, events, replayed]),
    [
      ['missing_field', 'n', '1.0', 2, 0],
      ['missing_field', 'n', null, 1, 0],
      ['missing_field', null, null, 1, 0],
    ],
  )
  assert.equal(groups[0]?.samples.length, 2)
  const { rejections } = await get<RejectionsPage>('/list?reason=missing_field&name=n&app_version=1.0')
  assert.equal(rejections.length, 2)
  const sample = groups[0]?.samples[0]?.rejection_id
  const one = await get<StoredRejection>(`/${sample}`)
  assert.deepEqual(one, rejections[0])
  assert.equal(one.raw, '{"name":"n","app_version":"1.0"}')
  assert.equal(one.key_fingerprint, fingerprintOf(hashKey(DEMO.write)))
  assertProblem(await askRejections(api, `/${randomUUID()}`), 404, 'not_found')
  assertProblem(await askRejections(api, `/${sample}`, undefined, OTHER.admin), 403, 'forbidden')
  assertProblem(await askRejections(api, '', undefined, DEMO.write), 403, 'forbidden')
})

test('a repeated request adds no second rejection of an event with an id', async (t) => {
  const { send, get } = await openQuarantine(t)
  const event_id = randomUUID()
  const events = [{ event_id, name: 'n' }, { name: 'n' }, { name: 'n' }]
  await send(...events)
  await send(...events)
  await send({ event_id: event_id.toUpperCase(), name: 'n' }, { event_id, name: 'other' })
  const { rejections } = await get<RejectionsPage>('/list')
  const kept = rejections.map(({ raw }) => raw).sort()
  assert.deepEqual(
    kept,
    [
      ...[event_id, event_id.toUpperCase()].map((id) => `{"event_id":"${id}","name":"n"}`),
      `{"event_id":"${event_id}","name":"other"}`,
      ...Array(4).fill('{"name":"n"}'),
    ].sort(),
  )
})

test('a group that is replayed several times with a renamed field is stored once', async (t) => {
  const { send, get, replay, events } = await openQuarantine(t)
  const event_id = randomUUID()
  await send(
    { event_id, name: 'a', player_id: 'p', lvl: 1, occurred_at: '2026-11-22T09:00:00Z' },
    { name: 'b', player_id: 'p', lvl: 2 },
    { event_id: uuidV7(), name: 'c', player_id: 'p', lvl: 3 },
    { event_id: randomUUID(), name: 'd', player_id: 'p', lvl: 4 },
  )
  const { rejections } = await get<RejectionsPage>('/list')
  const ids = rejections.map(({ rejection_id }) => rejection_id)
  const rename = { from: '/lvl', to: '/properties/level' }
  const request = { group: { reason: 'unknown_field' }, rename }
  const answer = await replay(request)
  assert.deepEqual([answer.accepted, answer.rejected, answer.next_cursor], [4, [], null])
  const first = await events()
  assert.deepEqual(
    first.map(({ properties }) => properties),
    [1, 2, 3, 4].map((level) => `{"level": ${level}}`),
  )
  assert.equal(first[0]?.['event_id'], event_id)
  const { groups } = await get<RejectionGroups>()
  assert.deepEqual(
    groups.map(({ events, replayed }) => [events, replayed]),
    Array(4).fill([1, 1]),
  )

  assert.equal((await replay(request)).accepted, 0, 'what was replayed is no longer of the group')
  const again = await Promise.all([replay({ ids, rename }), replay({ ids, rename })])
  assert.deepEqual(
    again.map(({ accepted }) => accepted),
    [4, 4],
  )
  assert.deepEqual(await events(), first)
})

test('an event that is rejected again is reported, and is in quarantine once', async (t) => {
  const { send, get, replay, events } = await openQuarantine(t)
  await send({ name: 'n' })
  const { rejected, accepted, batch_id } = await replay({ group: { reason: 'missing_field', name: 'n' } })
  assert.deepEqual([accepted, batch_id, rejected.length], [0, null, 1])
  assert.deepEqual([rejected[0]?.reason, rejected[0]?.path], ['missing_field', '/player_id'])
  const { rejections } = await get<RejectionsPage>('/list')
  assert.deepEqual(
    rejections.map(({ rejection_id, replayed_at }) => [rejection_id, replayed_at]),
    [[rejected[0]?.rejection_id, null]],
  )
  assert.deepEqual(await events(), [])
})

test('an event that the database refuses again keeps its rejection, which is not marked as replayed', async (t) => {
  const { database, send, get, replay } = await openQuarantine(t)
  await database.query(`alter table playtrace.events add constraint no_bad check (name <> 'bad')`)
  await send({ event_id: randomUUID(), name: 'bad', player_id: 'p' })
  for (let time = 0; time < 2; time++) {
    assert.equal((await replay({ group: { reason: 'refused_by_database' } })).accepted, 1)
    const { groups } = await get<RejectionGroups>()
    assert.deepEqual([groups.length, groups[0]?.events, groups[0]?.replayed], [1, 1, 0])
  }
  await database.query('alter table playtrace.events drop constraint no_bad')
  await replay({ group: { reason: 'refused_by_database' } })
  assert.equal((await get<RejectionGroups>()).groups[0]?.replayed, 1)
})

test('a large group is replayed in steps, and a line that is not JSON is reported', async (t) => {
  const { database, replay, events } = await openQuarantine(t)
  const quarantined = Array.from({ length: 1_001 }, (_, n) =>
    quarantinedEvent({ raw: n === 5 ? '{"name":' : `{"name":"n","player_id":"p${n}"}` }),
  )
  await batchWriter(database)(batchOf([], quarantined))
  const group = { reason: 'missing_field' }
  const first = await replay({ group })
  assert.deepEqual([first.accepted, first.rejected.map(({ reason }) => reason)], [999, ['invalid_json']])
  const rest = await replay({ group, cursor: first.next_cursor })
  assert.deepEqual([rest.accepted, rest.next_cursor], [1, null])
  assert.equal((await events()).length, 1_000)
})

test('hostile rejections in a group do not block the replay of the others', async (t) => {
  const { database, replay, events } = await openQuarantine(t)
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  const hostile = [
    `{"name":"n","player_id":"x","lvl":${deep(19_999)}}`,
    deep(30_000),
    '['.repeat(60_000),
    `{"name":"n","player_id":"x","occurred_at":"${'T'.repeat(60_000)}","lvl":1}`,
    `{"name":"n","player_id":"x","lvl":1},{"name":"n","player_id":"y","lvl":1}`,
    `{"name":"n","player_id":"x","lvl":1}]`,
    `{"events":[],"lvl":1}`,
    `{"name":"n","player_id":"x","lvl":1,"__proto__":{"lvl":1}}`,
    '',
    'null',
    '\u2028',
    `{"name":"n","player_id":"x","lvl":1e999999}`,
  ]
  const honest = [1, 2, 3].map((n) => `{"name":"n","player_id":"p${n}","lvl":${n}}`)
  const [first = '', ...rest] = honest
  const quarantined = [first, ...hostile, ...rest].map((raw) => quarantinedEvent({ reason: 'unknown_field', raw }))
  await batchWriter(database)(batchOf([], quarantined))
  const answer = await replay({ group: { reason: 'unknown_field' }, rename: { from: '/lvl', to: '/properties/level' } })
  assert.deepEqual([answer.accepted, answer.rejected.length, answer.next_cursor], [3, hostile.length, null])
  assert.deepEqual((await events()).map(({ player_id }) => player_id).sort(), ['p1', 'p2', 'p3'])
})

test('an invalid replay is answered 400', async (t) => {
  const api = await openTestApp()
  onEnd(t, () => api.close())
  const group = { reason: 'missing_field' }
  for (const body of [
    {},
    { ids: [] },
    { ids: ['x'] },
    { group: {} },
    { ids: [randomUUID()], group },
    { group, rename: { from: 'lvl', to: '/x' } },
    { group, rename: { from: '/properties/a/b', to: '/x' } },
    { group, more: 1 },
  ]) {
    assertProblem(await askRejections(api, '/replay', body), 400, 'invalid_body')
  }
})

test('an event is stored with the key that sent it, also after a replay by another key', async (t) => {
  const { api, database, send, get, replay, stored } = await openQuarantine(t)
  const gameId = await ensureGame(database, 'demo')
  await addKey(database, { gameId, kind: 'write', key: DEMO.write, label: '' })
  await send({ name: 'sent', player_id: 'p' }, { name: 'replayed', player_id: 'p', lvl: 3 })
  await postEvents(api, { name: 'from the server', player_id: 'p' }, { authorization: `Bearer ${DEMO.server}` })
  await stored()
  const { rejections } = await get<RejectionsPage>('/list')
  const rename = { from: '/lvl', to: '/properties/level' }
  await replay({ ids: rejections.map(({ rejection_id }) => rejection_id), rename })
  const sender = async () =>
    (await database.query('select name, key_no from playtrace.events order by name')).rows.map(({ name, key_no }) => [
      name,
      key_no,
    ])
  const keyNo = (key: string) => KEYS.find(({ key_hash }) => key_hash.equals(hashKey(key)))?.key_no
  assert.deepEqual(await sender(), [
    ['from the server', keyNo(DEMO.server)],
    ['replayed', keyNo(DEMO.write)],
    ['sent', keyNo(DEMO.write)],
  ])
  const { events } = await readEvents(database, gameId, EVERYTHING, { limit: 1, cursor: undefined })
  assert.match(events[0] ?? '', new RegExp(`"key_fingerprint" : "${fingerprintOf(hashKey(DEMO.write))}"`))
})

const EVERYTHING = {
  from: undefined,
  to: undefined,
  name: 'replayed',
  player_id: undefined,
  session_id: undefined,
  country: undefined,
  seq: undefined,
}
