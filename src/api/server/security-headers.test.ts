// Security headers: every answer has them, and the documentation page works with them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEvent, DEMO, openTestApp, postEvents } from '../../../test/test-app.ts'

test('every answer forbids framing, sniffing and scripts', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const answers = [
    await postEvents(api, anEvent()),
    await postEvents(api, '{'),
    await api.app.inject('/nowhere'),
    await api.app.inject('/healthz'),
    await api.app.inject({
      url: '/v1/games/demo/reports/overview',
      headers: { authorization: `Bearer ${DEMO.admin}` },
    }),
  ]
  for (const { headers } of answers) {
    assert.equal(headers['content-security-policy'], "default-src 'none';frame-ancestors 'none'")
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['x-powered-by'], undefined)
    assert.equal(headers.server, undefined)
  }
  const policies = answers.map(({ headers }) => headers['cross-origin-resource-policy'])
  assert.deepEqual(policies, ['cross-origin', 'cross-origin', 'same-origin', 'same-origin', 'same-origin'])
})

test('the documentation page loads everything from this server', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const page = await api.app.inject('/docs/')
  assert.equal(page.statusCode, 200)
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /default-src 'self'/)
  assert.doesNotMatch(policy, /'none'; script|upgrade-insecure-requests/)
  assert.doesNotMatch(page.body, /<script(?![^>]*\ssrc=)[^>]*>[^<]/, 'the page has no inline script')
  const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part ?? '')
  assert.ok(parts.length >= 4)
  for (const part of parts) {
    assert.doesNotMatch(part, /^(https?:)?\/\//, 'from no other host')
    const url = new URL(part, 'http://localhost/docs/').pathname
    assert.equal((await api.app.inject(url)).statusCode, 200, url)
  }
})
