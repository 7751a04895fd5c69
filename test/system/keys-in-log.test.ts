// Keys and the tokens of download links are never logged, whatever the request and its answer, at the level trace.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { request } from 'node:http'
import { test } from 'node:test'
import { prepareStores } from '../../src/commands/migrate.ts'
import { newKey } from '../../src/contract/key.ts'
import { onEnd } from '../on-end.ts'
import { closeDatabase, freshDatabase } from '../stores.ts'
import { until } from '../until.ts'
import { PROGRAM, stop } from './system.ts'

const PORT_LINE = /listening at http:\/\/127\.0\.0\.1:(\d+)/

test('an API at LOG_LEVEL=trace logs no key and no token', async (t) => {
  const url = await freshDatabase(t)
  const keys = { write: newKey('write'), admin: newKey('admin') }
  await prepareStores(url, url, { ...keys, labels: { write: 'test', admin: 'test' } })
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, LOG_LEVEL: 'trace', DATABASE_URL: url, PORT: '0' }
  const api = spawn(process.execPath, [PROGRAM, 'api'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onEnd(t, () => stop(api))
  let log = ''
  for (const stream of [api.stdout, api.stderr])
    stream.on('data', (chunk) => {
      log += chunk
    })
  const port = await until(() => PORT_LINE.exec(log)?.[1], 60_000)

  const unknown = newKey('write')
  const statuses: (number | undefined)[] = []
  const sendAll = async () => {
    for (const key of [keys.write, keys.admin, unknown]) {
      for (const path of ['/v1/events', '/v1/games/demo/reports/overview', '/nowhere', '/%zz']) {
        for (const [headers, query] of [
          [{ authorization: `Bearer ${key}` }, ''],
          [{ 'x-api-key': key }, ''],
          [{}, `?key=${key}`],
        ] as const) {
          statuses.push(await send(Number(port), path + query, { ...headers, 'content-type': 'application/json' }))
        }
      }
    }
  }
  const makeLink = async (): Promise<string> => {
    const link = `http://127.0.0.1:${port}/v1/games/demo/downloads?format=csv`
    const headers = { authorization: `Bearer ${keys.admin}` }
    const made = await fetch(link, { method: 'POST', headers })
    return ((await made.json()) as { url: string }).url
  }
  const links = [await makeLink(), await makeLink()]
  const download = async (link: string) => statuses.push(await send(Number(port), link, {}))

  await sendAll()
  for (const link of [links[0], links[0]]) await download(link ?? '')
  await closeDatabase(url) // From here on requests fail on our side, and errors are logged.
  await sendAll()
  for (const link of links) await download(link)
  for (const status of [200, 202, 400, 401, 403, 404, 503])
    assert.ok(statuses.includes(status), `${status} was answered`)
  await until(() => /"level":50/.test(log))
  for (const key of [keys.write, keys.admin, unknown]) {
    assert.ok(!log.includes(key), 'a key is in the log')
    assert.ok(!log.includes(key.slice(5)), 'the secret part of a key is in the log')
  }
  for (const link of links) assert.ok(!log.includes(link.split('/').at(-1) ?? ''), 'a token is in the log')
})

function send(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  const method = path.startsWith('/v1/events') ? 'POST' : 'GET'
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    sent.on('error', reject)
    sent.end(method === 'POST' ? '{"name":"n","player_id":"p"}' : '')
  })
}
