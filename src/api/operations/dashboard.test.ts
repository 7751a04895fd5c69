// The dashboard: the paths of its page, how long its files are cached, and what the page may load.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { assertProblem, openTestApp } from '../../../test/test-app.ts'
import type { Problem } from '../../contract/answer.ts'
import { SCREENS } from './dashboard.ts'

const PAGE = '<!doctype html><script type="module" src="/assets/index-a1b2.js"></script>'
const SCRIPT = 'document.title = 1'

async function openBuilt(t: TestContext) {
  const dashboardDir = await mkdtemp(join(tmpdir(), 'playtrace-dashboard-'))
  await mkdir(join(dashboardDir, 'assets'))
  await writeFile(join(dashboardDir, 'index.html'), PAGE)
  await writeFile(join(dashboardDir, 'assets/index-a1b2.js'), SCRIPT)
  await writeFile(join(dashboardDir, 'assets/index-a1b2.js.gz'), gzipSync(SCRIPT))
  const api = await openTestApp({ dashboardDir })
  t.after(async () => {
    await api.close()
    await rm(dashboardDir, { recursive: true })
  })
  return api.app
}

test('every screen answers the page, without caching, and its policy forbids inline scripts', async (t) => {
  const app = await openBuilt(t)
  for (const url of [...SCREENS, '/?days=7', '/player?player_id=a%2Fb..c']) {
    const page = await app.inject(url)
    assert.equal(page.statusCode, 200, url)
    assert.equal(page.body, PAGE)
    assert.match(String(page.headers['content-type']), /^text\/html/)
    assert.equal(page.headers['cache-control'], 'no-cache')
    assert.match(String(page.headers['content-security-policy']), /^default-src 'self';/)
    assert.doesNotMatch(String(page.headers['content-security-policy']), /unsafe|https?:|data:/)
    const again = await app.inject({ url, headers: { 'if-none-match': String(page.headers.etag) } })
    assert.equal(again.statusCode, 304)
  }
})

test('the files of the page are cached for a year and sent compressed', async (t) => {
  const app = await openBuilt(t)
  const url = '/assets/index-a1b2.js'
  const plain = await app.inject(url)
  assert.equal(plain.body, SCRIPT)
  assert.match(String(plain.headers['content-type']), /javascript/)
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
  const small = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } })
  assert.equal(small.headers['content-encoding'], 'gzip')
  assert.equal(gunzipSync(small.rawPayload).toString(), SCRIPT)
})

test('other paths do not answer the page', async (t) => {
  const app = await openBuilt(t)
  const headers = { accept: 'text/html' }
  for (const url of ['/nowhere', '/assets/..%2findex.html', '/assets/gone-1.js', '/index.html']) {
    assertProblem(await app.inject({ url, headers }), 404, 'not_found')
  }
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  // fetch and inject would resolve the two dots themselves.
  const asked = get(origin, { path: '/assets/%2e%2e' })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  assert.equal(answer.statusCode, 404)
  assert.equal(((await json(answer)) as Problem).code, 'not_found')
  // A folder is not listed.
  assertProblem(await app.inject({ url: '/assets/', headers }), 404, 'not_found')
  assertProblem(await app.inject({ url: '/v1/games/demo/events', headers }), 401, 'unauthorized')
})

test('a dashboard that is not built answers how to build it', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const answer = await api.app.inject('/')
  assert.equal(answer.statusCode, 404)
  assert.match(String(answer.headers['content-type']), /^text\/plain/)
  assert.match(answer.body, /^The dashboard is not built. Run `npm ci`[^\n]*\n$/)
})
