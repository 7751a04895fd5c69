// The rights of each kind of key: every route of the API, with each of the five kinds, without a key, with an unknown key, and with
// the keys of another game.
import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { DEMO, INSTALLATION_KEY, OTHER, openTestApp } from '../../../test/test-app.ts'
import { RequestProblem } from '../../contract/answer.ts'
import { KEY_KINDS, type KeyKind, newKey } from '../../contract/key.ts'

const PUBLIC = 'public'
const ALL = Object.keys(KEY_KINDS)
const SENDS = ['write', 'server']
const READS = ['read', 'admin', 'installation']
const MANAGES = ['admin', 'installation']

const GAME = '/v1/games/:game'
const RIGHTS: Record<string, string[] | typeof PUBLIC> = {
  'POST /v1/events': SENDS,
  // The preflight of a browser.
  'OPTIONS *': PUBLIC,
  'GET /v1/key': ALL,
  'POST /v1/session': READS,
  // These read the cookie of a session only.
  'GET /v1/session': PUBLIC,
  'DELETE /v1/session': PUBLIC,
  // The link is the secret.
  'GET /v1/downloads/:token': PUBLIC,
  [`POST ${GAME}/downloads`]: READS,
  [`GET ${GAME}/events`]: READS,
  [`GET ${GAME}/events/:event_id`]: READS,
  [`GET ${GAME}/events.csv`]: READS,
  [`GET ${GAME}/events.ndjson`]: READS,
  [`GET ${GAME}/live`]: READS,
  [`GET ${GAME}/batches/:batch_id`]: READS,
  [`GET ${GAME}/players/:player_id`]: READS,
  [`GET ${GAME}/properties`]: READS,
  [`GET ${GAME}/reports/overview`]: READS,
  [`GET ${GAME}/reports/timeseries`]: READS,
  [`GET ${GAME}/reports/retention`]: READS,
  [`GET ${GAME}/reports/levels`]: READS,
  [`GET ${GAME}/reports/funnel`]: READS,
  [`GET ${GAME}/reports/revenue`]: READS,
  [`GET ${GAME}/reports/resources`]: READS,
  [`GET ${GAME}/reports/data-quality`]: READS,
  [`GET ${GAME}/rejections`]: READS,
  [`GET ${GAME}/rejections/list`]: READS,
  [`GET ${GAME}/rejections/:rejection_id`]: READS,
  [`POST ${GAME}/rejections/replay`]: MANAGES,
  'GET /': PUBLIC,
  'GET /healthz': PUBLIC,
  'GET /readyz': PUBLIC,
  'GET /metrics': PUBLIC,
  'GET /openapi.json': PUBLIC,
  'GET /docs': PUBLIC,
  'GET /docs/*': PUBLIC,
}

/** With every kind, each key is of the game `demo`. */
const KEYS: Record<KeyKind, string> = { ...DEMO, installation: INSTALLATION_KEY }

async function openWithRoutes() {
  const routes = new Set<string>()
  const note = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }: RouteOptions) => {
      for (const one of [method].flat()) {
        // A route of HEAD has the hooks of its GET.
        const name = one === 'HEAD' ? 'GET' : one
        routes.add(`${name} ${url.replace(/(?<=^\/docs)\/.*/, '/*')}`)
      }
    })
  }
  const created = channel('fastify.initialization')
  created.subscribe(note)
  const openTail = async () => {
    throw new RequestProblem('unavailable', 'Without this, the answer would not end.')
  }
  const api = await openTestApp({ openTail }).finally(() => created.unsubscribe(note))
  const ask = async (route: string, key?: string) => {
    const [method, url] = route.split(' ') as ['GET', string]
    const path = url
      .replace(':game', 'demo')
      .replace(/:(event|batch|rejection)_id/, '11111111-1111-4111-8111-111111111111')
      .replace(/:\w+|\*/, 'x')
    const { statusCode } = await api.app.inject({ method, url: path, headers: key ? { 'x-api-key': key } : {} })
    return statusCode
  }
  return { api, routes: [...routes], ask }
}

test('each route takes the kinds of keys in the table of rights, and no others', async (t) => {
  const { api, routes, ask } = await openWithRoutes()
  t.after(() => api.close())
  assert.deepEqual(
    routes.toSorted(),
    Object.keys(RIGHTS).toSorted(),
    'every route has an entry, and every entry a route',
  )
  for (const route of routes) {
    const rights = RIGHTS[route] ?? assert.fail()
    const [withoutKey, withUnknownKey] = [await ask(route), await ask(route, newKey('admin'))]
    if (rights === PUBLIC) {
      assert.ok(![401, 403].includes(withoutKey) && withoutKey === withUnknownKey, `${route} is public`)
      continue
    }
    assert.deepEqual([withoutKey, withUnknownKey], [401, 401], `${route} without a known key`)
    for (const [kind, key] of Object.entries(KEYS)) {
      const status = await ask(route, key)
      if (rights.includes(kind)) assert.ok(![401, 403].includes(status), `${route} with a ${kind} key: ${status}`)
      else assert.equal(status, 403, `${route} with a ${kind} key`)
    }
    if (!route.includes(GAME)) continue
    for (const [kind, key] of Object.entries(OTHER))
      assert.equal(await ask(route, key), 403, `${route} with a ${kind} key of another game`)
  }
})

test('docs/api.md has the same table', async () => {
  const page = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8')
  const rows = page.matchAll(/^\| (\w+) key, `pt_\w_…` \|.*\| (yes|no) \| (yes|no) \| (yes|no) \|$/gm)
  const columns = [SENDS, READS, MANAGES]
  assert.deepEqual(
    [...rows].map(([, kind, ...cells]) => [kind, ...cells]),
    ALL.map((kind) => [kind, ...columns.map((kinds) => (kinds.includes(kind) ? 'yes' : 'no'))]),
  )
})
