// The host name of a request: which names the reading routes and the dashboard answer to, and that sending never depends on one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anEvent, assertProblem, DEMO, openTestApp, postEvents } from '../../../test/test-app.ts'

const READING = ['/v1/games/demo/reports/overview', '/v1/key', '/v1/session', '/', '/metrics']
const admin = { authorization: `Bearer ${DEMO.admin}` }

test('a name of another page is refused by every route but those that take events', async (t) => {
  const api = await openTestApp({ allowedHosts: ['analytics.example.com'] })
  t.after(() => api.close())
  for (const host of [
    'rebound.evil.example',
    'rebound.evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ]) {
    for (const url of READING) {
      const response = await api.app.inject({ url, headers: { ...admin, host } })
      assert.match(assertProblem(response, 421, 'misdirected').detail, /ALLOWED_HOSTS/)
    }
    assert.equal((await postEvents(api, anEvent(), { host })).statusCode, 202)
    const preflight = { host, origin: 'https://game.example', 'access-control-request-method': 'POST' }
    const asked = await api.app.inject({ method: 'OPTIONS', url: '/v1/events', headers: preflight })
    assert.equal(asked.statusCode, 204)
  }
})

test('localhost, addresses and allowed names are answered, with and without a port', async (t) => {
  const api = await openTestApp({ allowedHosts: ['analytics.example.com'] })
  t.after(() => api.close())
  const names = [
    'localhost',
    'LOCALHOST:3000',
    '127.0.0.1:3000',
    '192.168.1.5',
    '[::1]:3000',
    '[fd00::1]',
    'Analytics.Example.com:8080',
    '',
  ]
  for (const host of names) {
    const response = await api.app.inject({ url: '/v1/key', headers: { ...admin, host } })
    assert.equal(response.statusCode, 200, host)
  }
})

test('a request that a proxy of TRUST_PROXY has forwarded is answered by any name', async (t) => {
  const api = await openTestApp({ allowedHosts: [], trustProxy: '127.0.0.1' })
  t.after(() => api.close())
  const statusFrom = async (remoteAddress: string, headers: Record<string, string>) => {
    const all = { ...admin, host: 'studio.example', ...headers }
    return (await api.app.inject({ url: '/v1/key', headers: all, remoteAddress })).statusCode
  }
  assert.equal(await statusFrom('127.0.0.1', { 'x-forwarded-for': '192.0.2.1' }), 200)
  assert.equal(await statusFrom('127.0.0.1', {}), 421)
  assert.equal(await statusFrom('192.0.2.9', { 'x-forwarded-for': '192.0.2.1' }), 421)
})

test('a server that is open to a network, without ALLOWED_HOSTS, answers by any name', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  assert.equal((await api.app.inject({ url: '/v1/key', headers: { ...admin, host: 'nas.local' } })).statusCode, 200)
})
