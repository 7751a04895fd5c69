// The live tail over real sockets, on a real database: what each reader gets, and how a stream ends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect as connectTo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, quarantinedEvent, storableEvent, storableEvents } from '../../../test/batches.ts'
import { listen } from '../../../test/live-stream.ts'
import { onEnd } from '../../../test/on-end.ts'
import { closeDatabase, connect, freshDatabase, reopenDatabase } from '../../../test/stores.ts'
import { assertProblem, DEMO, KEYS, OTHER, openTestApp } from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import { openTail, type TailFilter } from '../../storage/events/read-tail.ts'
import type { Database } from '../../storage/postgres/database.ts'
import type { AppParts } from '../app.ts'

const SOON_MS = 1_000
/** Four times the interval between two polls. */
const SEVERAL_LOOKS_MS = 1_000
/** The queries that open the tail. */
const OPENING_LOOKS = 2

async function openLive(t: TestContext, parts: Partial<AppParts> = {}) {
  const url = await freshDatabase(t)
  const database = connect(t, url, 8)
  let looks = 0
  const counted: Database = Object.create(database, {
    query: {
      value: (...args: [string]) => {
        looks++
        return database.query(...args)
      },
    },
  })
  let opened = 0
  const open = () => {
    opened++
    return openTail(counted)
  }
  const api = await openTestApp({ openTail: open, ...parts })
  t.after(() => api.close())
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = api.app.server.address() as AddressInfo
  const at = `http://127.0.0.1:${port}/v1/games`
  return {
    url,
    api,
    database,
    write: batchWriter(database),
    looks: () => looks,
    opened: () => opened,
    async listenWithoutReading() {
      const socket = connectTo(port, '127.0.0.1')
      socket.on('error', () => {})
      onEnd(t, () => socket.destroy())
      socket.write(
        `GET /v1/games/demo/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${DEMO.admin}\r\nConnection: close\r\n\r\n`,
      )
      await once(socket, 'readable')
      return socket
    },
    listen: (query = '', game = 'demo', key = DEMO.admin) => listen(t, `${at}/${game}/live${query}`, key),
  }
}

const namesOf = (came: { event: string; data: { name?: string } }[]) =>
  came.map(({ event, data }) => `${event} ${data.name}`)

test('stored and rejected events arrive within a second, in the form of events and rejections/list', async (t) => {
  const live = await openLive(t)
  const reader = await live.listen()
  assert.equal(reader.status, 200)
  const writtenAtMs = performance.now()
  const event = storableEvent({ properties: '{"steam_id":76561197960287930123}' })
  const rejection = quarantinedEvent({ name: 'start', received_at: '2020-01-01T00:00:00.000Z' })
  await live.write(batchOf([event], [{ ...rejection, received_at: new Date().toISOString() }]))
  await until(() => reader.came.length === 2)
  for (const { atMs } of reader.came) assert.ok(atMs - writtenAtMs < SOON_MS)
  // A write that commits between the two reads of a poll comes in two polls.
  const [stored, rejected] = reader.came.toSorted((a, b) => (a.event < b.event ? 1 : -1))
  assert.deepEqual(
    [stored?.event, stored?.data.event_id, stored?.data.player_id],
    ['stored', event.event_id, 'player-1'],
  )
  assert.deepEqual(
    [rejected?.event, rejected?.data.rejection_id, rejected?.data.raw],
    ['rejected', rejection.rejection_id, rejection.raw],
  )
  const { data } = await until(() => reader.rates.find(({ data }) => data.stored_per_second > 0))
  assert.deepEqual(data.queue, { waiting: 0, active: 0, oldest_seconds: null })
  // One event in the time that was watched: at least the minimum of a second, at most the whole window.
  for (const rate of [data.stored_per_second, data.rejected_per_second]) assert.ok(rate >= 0.2 && rate <= 1, `${rate}`)
})

test('earlier events, events of other games and repeated events are not sent', async (t) => {
  const live = await openLive(t)
  const before = batchOf(
    [storableEvent({ name: 'before' })],
    [quarantinedEvent({ received_at: new Date().toISOString() })],
  )
  await live.write(before)
  const reader = await live.listen()
  const other = await live.listen('', 'other', OTHER.admin)
  await live.write(before)
  await live.write(batchOf([storableEvent({ name: 'theirs', game_id: 2 })]))
  await live.write(batchOf([storableEvent({ name: 'ours' })]))
  await until(() => reader.came.length > 0 && other.came.length > 0)
  assert.deepEqual([namesOf(reader.came), namesOf(other.came)], [['stored ours'], ['stored theirs']])
})

test('filters by name, player and app_version apply to stored and to rejected events', async (t) => {
  const live = await openLive(t)
  const byName = await live.listen('?name=a')
  const byPlayer = await live.listen('?player_id=007')
  const byBoth = await live.listen(`?name=b&app_version=${encodeURIComponent('1.0 é')}`)
  const received_at = new Date().toISOString()
  await live.write(
    batchOf(
      [
        storableEvent({ name: 'a' }),
        storableEvent({ name: 'b', player_id: '007' }),
        storableEvent({ name: 'b', app_version: '1.0 é' }),
      ],
      [
        quarantinedEvent({ name: 'a', raw: '[', received_at }),
        quarantinedEvent({ name: 'b', app_version: '1.0 é', raw: 'null', received_at }),
        quarantinedEvent({ name: 'c', raw: '{"player_id":"007"}', received_at }),
        quarantinedEvent({ name: 'd', raw: '{"player_id":7}', received_at }),
      ],
    ),
  )
  await until(() => [byName, byPlayer, byBoth].every(({ came }) => came.length === 2))
  // Stored and rejected events are read one after the other, so a commit between the two shows the rejected one first.
  assert.deepEqual(namesOf(byName.came).sort(), ['rejected a', 'stored a'])
  assert.deepEqual(namesOf(byPlayer.came).sort(), ['rejected c', 'stored b'])
  assert.deepEqual(namesOf(byBoth.came).sort(), ['rejected b', 'stored b'])
})

test('a write that commits after later writes is sent', async (t) => {
  const live = await openLive(t)
  const late = await live.database.connect()
  await late.query('begin')
  const reader = await live.listen()
  const { rows } = await late.query(`select nextval('playtrace.write_ids') as id`)
  await live.write(batchOf([storableEvent({ name: 'first' })]))
  await until(() => reader.came.length === 1)
  await live.write(batchOf([storableEvent({ name: 'template' })]))
  await until(() => reader.came.length === 2)
  await late.query(
    `insert into playtrace.events (identified_at, occurred_at, received_at, corrected_at, event_id, batch_id, game_id, clock_suspect,
       name, player_id, properties, write_id)
     select identified_at, occurred_at, received_at, corrected_at, gen_random_uuid(), batch_id, game_id, clock_suspect, 'late',
       player_id, properties, $1 from playtrace.events where name = 'template'`,
    [rows[0].id],
  )
  await late.query('commit')
  late.release()
  await until(() => reader.came.length === 3)
  assert.deepEqual(namesOf(reader.came), ['stored first', 'stored template', 'stored late'])
})

test('events beyond the limit of the stream are counted', async (t) => {
  const live = await openLive(t)
  const all = await live.listen()
  const one = await live.listen('?name=needle')
  const received_at = new Date().toISOString()
  const rejections = Array.from({ length: 240 }, () => quarantinedEvent({ received_at }))
  const hay = storableEvents(900, (n) => ({ name: n === 899 ? 'needle' : 'hay' }))
  await live.write(batchOf(hay, rejections))
  // A look between the two statements of the reader finds the rejected events before the stored ones.
  const skipped = (kind: 'stored' | 'rejected') =>
    all.came.reduce((sum, { event, data }) => sum + (event === 'skipped' ? Number(data[kind]) : 0), 0)
  await until(() => skipped('stored') === 700 && skipped('rejected') === 40 && one.came.length === 1)
  assert.equal(all.came.filter(({ event }) => event === 'stored').length, 200)
  assert.deepEqual(namesOf(one.came), ['stored needle'])
})

test('the database is not polled without readers', async (t) => {
  const live = await openLive(t)
  assert.equal(live.looks(), 0)
  const reader = await live.listen()
  await until(() => live.looks() > OPENING_LOOKS + 5)
  reader.leave()
  let last = { looks: live.looks(), atMs: performance.now() }
  await until(() => {
    if (live.looks() !== last.looks) last = { looks: live.looks(), atMs: performance.now() }
    return performance.now() - last.atMs > SEVERAL_LOOKS_MS
  })
  assert.equal(live.opened(), 1)
  // The next reader opens the tail again.
  const again = await live.listen()
  assert.equal(live.opened(), 2)
  await live.write(batchOf([storableEvent({ name: 'again' })]))
  await until(() => again.came.length === 1)
})

test('trouble is sent once when the database goes away, and the stream continues with the events since then', async (t) => {
  const live = await openLive(t)
  const reader = await live.listen()
  await closeDatabase(live.url)
  await until(() => reader.came.length === 1)
  await until(() => reader.comments.length >= 2)
  await reopenDatabase(live.url)
  await until(() =>
    live.write(batchOf([storableEvent({ name: 'meanwhile' })])).then(
      () => true,
      () => false,
    ),
  )
  await until(() => reader.came.length > 1)
  assert.deepEqual(
    reader.came.map(({ event, data }) => data.name ?? event),
    ['trouble', 'meanwhile'],
  )
})

test('a reader that is too slow gets dropped, and the others get everything', async (t) => {
  const piece = JSON.stringify({ text: 'x'.repeat(100_000) })
  const news = { events: Array.from({ length: 8 }, () => piece), matching: 8, stored: 8 }
  const nothing = { rejections: [], rejected: 0 }
  const openTail = async () => async (filters: TailFilter[]) => ({
    stored: filters.map(() => news),
    rejected: new Map([[1, nothing]]),
  })
  const live = await openLive(t, { openTail })
  const slow = await live.listenWithoutReading()
  const reader = await live.listen()
  // The operating system buffers less than this for a reader that does not read.
  const keptBySystem = 16 * 1024 * 1024
  await until(() => reader.came.length * piece.length > keptBySystem, 60_000)
  const read = await text(slow.resume())
  assert.match(read, /event: dropped\ndata: \{"reason":"[^"]+"\}\n\n/)
  assert.ok(read.length < keptBySystem)
})

test('a game has 20 live connections, and another game is served', async (t) => {
  const live = await openLive(t)
  const readers = await Promise.all(Array.from({ length: 20 }, () => live.listen()))
  assert.ok(readers.every(({ status }) => status === 200))
  const headers = { authorization: `Bearer ${DEMO.admin}` }
  const refused = await live.api.app.inject({ url: '/v1/games/demo/live', headers })
  assert.match(assertProblem(refused, 429, 'too_many_requests').detail, /20 live connections/)
  assert.ok(Number(refused.headers['retry-after']) >= 1)
  assert.equal((await live.listen('', 'other', OTHER.admin)).status, 200)
  readers[0]?.leave()
  await until(async () => (await live.listen()).status === 200)
})

test('the stream of a revoked key ends', async (t) => {
  let isRevoked = false
  const inForce = () => (isRevoked ? undefined : KEYS.find(({ kind, game }) => kind === 'admin' && game === 'demo'))
  const live = await openLive(t, {
    keys: { known: inForce, find: async () => inForce(), isInForce: () => !isRevoked, close: async () => {} },
  })
  const reader = await live.listen()
  await until(() => reader.rates.length > 0)
  isRevoked = true
  await reader.ended
  assert.equal((await live.listen()).status, 401)
})

test('a process that drains ends the streams, and does not wait for a slow reader', async (t) => {
  const live = await openLive(t)
  const reader = await live.listen()
  await live.listenWithoutReading()
  await live.api.close()
  await reader.ended
})

test('a wrong key and an invalid filter are refused', async (t) => {
  const live = await openLive(t)
  const ask = (query: string, key = DEMO.admin) =>
    live.api.app.inject({ url: `/v1/games/demo/live${query}`, headers: { authorization: `Bearer ${key}` } })
  assertProblem(await ask('', DEMO.write), 403, 'forbidden')
  assertProblem(await ask('', OTHER.admin), 403, 'forbidden')
  for (const query of ['?name=%00', '?player=x', '?name=a&name=b', '?session_id=s'])
    assertProblem(await ask(query), 400, 'invalid_query')
  assert.equal(live.looks(), 0)
})
