// Exports over real sockets, on a real database: complete or broken, and cancelled without a reader.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { buffer, text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createGunzip } from 'node:zlib'
import { batchOf, storableEvent, storableEvents } from '../../../test/batches.ts'
import { fillEvents, openExports, runningExports } from '../../../test/open-exports.ts'
import { assertProblem, DEMO, OTHER } from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import { exportEvents } from '../../storage/events/export-events.ts'

test('an export has the oldest events first, with every digit', async (t) => {
  const { write, begin, read } = await openExports(t)
  const late = storableEvent({
    corrected_at: '2026-11-02T00:00:00.000Z',
    properties: '{"id":76561197960287930123}',
  })
  const early = storableEvent({
    corrected_at: '2026-11-01T00:00:00.000Z',
    name: 'a "b"\n\\ é😀',
    session_id: '',
  })
  await write(batchOf([late, early, storableEvent({ game_id: 2 })]))
  const answer = await begin('ndjson')
  assert.equal(answer.headers['content-type'], 'application/x-ndjson')
  assert.equal(answer.headers['content-disposition'], 'attachment; filename="demo-events.ndjson"')
  const lines = (await text(answer)).split('\n')
  assert.equal(lines.pop(), '')
  const [first, second] = lines.map((line) => JSON.parse(line))
  assert.deepEqual([first.event_id, first.name, first.session_id], [early.event_id, early.name, ''])
  assert.deepEqual([second.event_id, lines.length], [late.event_id, 2])
  assert.match(lines[1] ?? '', /"properties"\s*:\s*\{"id": 76561197960287930123\}/)
  assert.equal((await read('ndjson?to=2026-11-01T12:00:00Z')).match(/event_id/g)?.length, 1)
  assert.match(
    await read(`ndjson?player_id=player-1&name=level_complete&from=2026-11-01T00:00:00Z`),
    new RegExp(late.event_id),
  )
  assert.equal(await read('ndjson?session_id=none'), '')
})

test('CSV follows RFC 4180; formulas are escaped unless the query has raw=1', async (t) => {
  const { write, read, begin } = await openExports(t)
  const event = storableEvent({
    name: '=1+1,"x"\r\ny',
    session_id: '',
    app_version: null,
    platform: '@windows',
    sent_at: '2026-11-22T10:00:00.000Z',
    properties: '{"a":"b","n":12345678901234567890.5}',
  })
  const batch = batchOf([event])
  await write(batch)
  const whole = await read('csv?raw=1')
  assert.equal(
    whole,
    'event_id,name,player_id,session_id,seq,occurred_at,sent_at,received_at,corrected_at,identified_at,clock_suspect,app_version,platform,country,properties,mismatch,batch_id,key_fingerprint\r\n' +
      `${event.event_id},"=1+1,""x""\r\ny",player-1,"",,2026-11-22T09:59:58.123000Z,2026-11-22T10:00:00.000000Z,` +
      '2026-11-22T10:00:00.000000Z,2026-11-22T09:59:58.123000Z,2026-11-22T09:59:58.123000Z,false,,@windows,,' +
      `"{""a"": ""b"", ""n"": 12345678901234567890.5}",,${batch.batch_id},\r\n`,
  )
  const escaped = whole.replace('"=1+1', `"'=1+1`).replace('@windows', "'@windows")
  assert.equal(await read('csv'), escaped)
  assert.equal(await read('csv?raw=0'), escaped)
  assert.match(await read('csv?name=none'), /^event_id,.*key_fingerprint\r\n$/)
  // Excel reads a file as UTF-8 if it begins with a byte order mark.
  assert.equal((await buffer(await begin('csv'))).subarray(0, 4).toString('hex'), 'efbbbf65')
})

test('an incremental export names the cursor of the next one', async (t) => {
  const { write, begin } = await openExports(t)
  const take = async (since: string) => {
    const answer = await begin(`ndjson?since=${since}`)
    const ids = (await text(answer)).match(/"event_id" : "[^"]+/g)?.length ?? 0
    return { events: ids, next: String(answer.headers['playtrace-next-cursor']) }
  }
  await write(batchOf(storableEvents(3)))
  const first = await take('start')
  await write(batchOf(storableEvents(2)))
  const second = await take(first.next)
  assert.deepEqual([first.events, second.events, (await take(second.next)).events], [3, 2, 0])
  const refused = await begin('ndjson?since=x')
  assert.equal(refused.statusCode, 400)
  assert.equal((await begin('ndjson')).headers['playtrace-next-cursor'], undefined)
})

test('an export is gzipped if the client accepts gzip', async (t) => {
  const { database, begin } = await openExports(t)
  await fillEvents(database, 2_000)
  for (const [asked, isGzip] of [
    ['gzip, br', true],
    ['br;q=1, gzip;q=0.5', true],
    ['br, GZIP ; q=0.001', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000', false],
    ['not-gzip', false],
    ['identity', false],
  ] as const) {
    const answer = await begin('ndjson', { 'accept-encoding': asked })
    assert.equal(answer.headers['content-encoding'], isGzip ? 'gzip' : undefined, asked)
    const whole = await text(isGzip ? answer.pipe(createGunzip()) : answer)
    assert.equal(whole.split('\n').length, 2_001, asked)
  }
})

test('a client that goes away ends the query', async (t) => {
  const { database, begin } = await openExports(t)
  await fillEvents(database, 50_000)
  const answer = await begin('ndjson')
  await once(answer, 'readable')
  assert.equal(await runningExports(database), 1)
  answer.destroy()
  await until(async () => (await runningExports(database)) === 0)
})

test('an error in the middle breaks the download, with and without gzip', async (t) => {
  const { database, begin } = await openExports(t)
  await fillEvents(database, 50_000)
  for (const coding of ['identity', 'gzip']) {
    const answer = await begin('csv', { 'accept-encoding': coding })
    await once(answer, 'readable')
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'fetch%'`,
    )
    await assert.rejects(text(answer), /aborted/)
  }
})

test('a process that drains breaks a download', async (t) => {
  const { api, database, begin } = await openExports(t)
  await fillEvents(database, 50_000)
  const answer = await begin('ndjson')
  await once(answer, 'readable')
  await api.app.close()
  await assert.rejects(text(answer), /aborted/)
})

test('an export whose client is gone before the first rows holds no connection', async (t) => {
  const { database } = await openExports(t)
  await fillEvents(database, 2_000)
  const ending = new AbortController()
  const all = {
    from: undefined,
    to: undefined,
    name: undefined,
    player_id: undefined,
    session_id: undefined,
    country: undefined,
    seq: undefined,
  }
  const exporting = async () => {
    const { rows } = await database.query(`select count(*)::int as connections from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`)
    return rows[0].connections
  }
  await exportEvents(database, 1, all, 'csv', ending.signal)
  assert.equal(await exporting(), 1)
  ending.abort()
  await until(async () => (await exporting()) === 0)
})

test('an invalid query is answered 400 and a wrong key 403, without a query of the database', async (t) => {
  const { api } = await openExports(t)
  const ask = (path: string, key = DEMO.admin) =>
    api.app.inject({ url: `/v1/games/demo/events.${path}`, headers: { authorization: `Bearer ${key}` } })
  for (const path of [
    'csv?limit=1',
    'csv?from=yesterday',
    'csv?raw=yes',
    'ndjson?raw=1',
    'ndjson?name=%00',
    'ndjson?cursor=a',
  ])
    assertProblem(await ask(path), 400, 'invalid_query')
  assertProblem(await ask('csv', OTHER.admin), 403, 'forbidden')
  assertProblem(await ask('csv', DEMO.write), 403, 'forbidden')
})
