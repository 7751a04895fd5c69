// Download links: the admin key makes them, and they work once, within one minute, in every API process.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { batchWriter } from '../../../test/batch-writer.ts'
import { batchOf, storableEvent } from '../../../test/batches.ts'
import { openFreshDatabase } from '../../../test/stores.ts'
import { assertProblem, DEMO, OTHER, openTestApp } from '../../../test/test-app.ts'
import { until } from '../../../test/until.ts'
import { fingerprintOf, hashKey } from '../../contract/key.ts'
import { addDownload, readDownload, takeDownload } from '../../storage/events/downloads.ts'
import { exportEvents } from '../../storage/events/export-events.ts'
import { ensureGame, ensureKey, revokeKey } from '../../storage/games/games.ts'
import type { AppParts } from '../app.ts'
import { EXPORTS_MAX } from './export.ts'

const ONE_MINUTE_MS = 60_000
const TOLERANCE_MS = 10_000

interface Answer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** API processes that share a database with the games 1 (demo) and 2 (other). */
async function openDownloads(t: TestContext) {
  const { database } = await openFreshDatabase(t, 6)
  assert.deepEqual([await ensureGame(database, 'demo'), await ensureGame(database, 'other')], [1, 2])
  await ensureKey(database, { gameId: 1, kind: 'admin', key: DEMO.admin, label: 'test' })
  await ensureKey(database, { gameId: 2, kind: 'admin', key: OTHER.admin, label: 'test' })
  const openApi = async (parts: Partial<AppParts> = {}) => {
    const api = await openTestApp({
      exportEvents: (...query) => exportEvents(database, ...query),
      addDownload: (...download) => addDownload(database, ...download),
      readDownload: (tokenHash) => readDownload(database, tokenHash),
      takeDownload: (tokenHash) => takeDownload(database, tokenHash),
      ...parts,
    })
    t.after(() => api.close())
    const origin = await api.app.listen({ host: '127.0.0.1', port: 0 })
    const ask = async (path: string, init: RequestInit = {}): Promise<Answer> => {
      const answer = await fetch(origin + path, init)
      return {
        statusCode: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: await answer.text(),
      }
    }
    const make = (query: string, headers = bearer(DEMO.admin), game = 'demo') =>
      ask(`/v1/games/${game}/downloads?${query}`, { method: 'POST', headers })
    const makeUrl = async (query: string): Promise<string> => JSON.parse((await make(query)).body).url
    return { ask, make, makeUrl }
  }
  return { database, write: batchWriter(database), openApi }
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

test('a link sends the same file as the export, once and without a key', async (t) => {
  const { write, openApi } = await openDownloads(t)
  const { make, makeUrl, ask } = await openApi()
  const wanted = storableEvent({ name: 'a', corrected_at: '2026-11-02T00:00:00.000Z' })
  const others = [
    storableEvent({ name: 'b', corrected_at: '2026-11-02T00:00:00.000Z' }),
    storableEvent({ name: 'a', corrected_at: '2026-11-01T00:00:00.000Z' }),
    storableEvent({ name: 'a', game_id: 2 }),
  ]
  await write(batchOf([wanted, ...others]))
  const made = await make(
    'format=ndjson&name=a&player_id=player-1&from=2026-11-01T12:00:00%2B00:00&to=2026-11-30T00:00:00Z',
  )
  assert.equal(made.statusCode, 201)
  assert.equal(made.headers['cache-control'], 'no-store')
  const { url, expires_at } = JSON.parse(made.body)
  assert.match(url, /^\/v1\/downloads\/[\w-]{43}$/)
  assert.ok(Math.abs(Date.parse(expires_at) - Date.now() - ONE_MINUTE_MS) < TOLERANCE_MS, expires_at)

  const file = await ask(url)
  assert.equal(file.statusCode, 200)
  assert.equal(file.headers['content-type'], 'application/x-ndjson')
  assert.equal(file.headers['content-disposition'], 'attachment; filename="demo-events.ndjson"')
  assert.equal(file.headers['cache-control'], 'no-store')
  assert.equal(file.headers['referrer-policy'], 'no-referrer')
  const lines = file.body.trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).event_id),
    [wanted.event_id],
  )
  const again = await ask(url)
  const { detail } = assertProblem(again, 404, 'not_found')
  assert.match(detail, /^This download link is not valid\. A link works once/)
  assert.equal(again.headers['cache-control'], 'no-store')

  const csv = await ask(await makeUrl('format=csv'))
  assert.match(csv.body, /^event_id,name,.*\r\n/)
  assert.equal(csv.body.match(/\r\n/g)?.length, 4)
  assert.equal(csv.headers['content-disposition'], 'attachment; filename="demo-events.csv"')
})

test('one of many simultaneous requests to two processes gets the file', async (t) => {
  const { openApi } = await openDownloads(t)
  const [first, second] = [await openApi(), await openApi()]
  const url = await first.makeUrl('format=csv')
  const answers = await Promise.all([first, second, second, first].map(({ ask }) => ask(url)))
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 404, 404, 404])
  assert.equal((await second.ask(await first.makeUrl('format=csv'))).statusCode, 200)
})

test('a link ends when it expires or its key is revoked, and the next new link deletes it', async (t) => {
  const { database, openApi } = await openDownloads(t)
  const { makeUrl, ask } = await openApi()
  const url = await makeUrl('format=csv')
  await database.query(`update playtrace.downloads set expires_at = now() - interval '1 millisecond'`)
  assertProblem(await ask(url), 404, 'not_found')
  const revoked = await makeUrl('format=csv')
  await revokeKey(database, fingerprintOf(hashKey(DEMO.admin)))
  assertProblem(await ask(revoked), 404, 'not_found')
  await database.query('update playtrace.downloads set expires_at = now()')
  const next = await makeUrl('format=csv')
  const { rows } = await database.query('select token_hash from playtrace.downloads')
  assert.deepEqual(rows, [{ token_hash: hashKey(next.split('/').at(-1) ?? '') }])
})

test('a link needs the admin key of its game in a header, and a valid query of an export', async (t) => {
  const { database, openApi } = await openDownloads(t)
  const { make, ask } = await openApi()
  assertProblem(await make('format=csv', bearer(OTHER.admin)), 403, 'forbidden')
  assertProblem(await make('format=csv', bearer(DEMO.write)), 403, 'forbidden')
  assertProblem(await make(`format=csv&key=${DEMO.admin}`, {}), 401, 'unauthorized')
  for (const query of ['', 'format=xml', 'format=csv&limit=1', 'format=csv&from=yesterday'])
    assertProblem(await make(query), 400, 'invalid_query')
  for (const token of ['x', 'a'.repeat(43), '%00', '..%2f'])
    assertProblem(await ask(`/v1/downloads/${token}`), 404, 'not_found')
  const { rows } = await database.query('select from playtrace.downloads')
  assert.equal(rows.length, 0)
})

test('a link stays valid while its process or key has no place for an export', async (t) => {
  const { openApi } = await openDownloads(t)
  const gate = Promise.withResolvers<void>()
  let started = 0
  const { ask, make, makeUrl } = await openApi({
    async exportEvents() {
      started++
      await gate.promise
      return (async function* () {})()
    },
  })
  const url = await makeUrl('format=csv')
  const headers = bearer(DEMO.admin)
  const running = [ask('/v1/games/demo/events.csv', { headers })]
  await until(() => started === 1)
  assertProblem(await ask(url), 429, 'too_many_requests')
  assertProblem(await make('format=csv'), 429, 'too_many_requests')
  const other = JSON.parse((await make('format=csv', bearer(OTHER.admin), 'other')).body).url
  running.push(ask('/v1/games/other/events.csv', { headers: bearer(OTHER.admin) }))
  await until(() => started === EXPORTS_MAX)
  assertProblem(await ask(other), 429, 'too_many_requests')
  gate.resolve()
  await Promise.all(running)
  await until(async () => (await ask(url)).statusCode === 200)
})
