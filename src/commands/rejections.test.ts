// `playtrace rejections` as a child process, against a server with a real database.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { openQuarantine, type Quarantine } from '../../test/quarantine.ts'
import { bareEnvironment } from '../../test/system/launch.ts'
import { runCommand } from '../../test/system/system.ts'
import { DEMO } from '../../test/test-app.ts'
import { fingerprintOf, hashKey } from '../contract/key.ts'
import type { RejectionsPage } from '../contract/quarantine.ts'
import { KEPT_EVENTS_A_MINUTE } from '../ingest/keep-rejections.ts'

type Run = (...args: string[]) => Promise<{ code: number | null; output: string }>

async function serve(t: TestContext): Promise<Quarantine & { run: Run }> {
  const quarantine = await openQuarantine(t, { now: () => Date.UTC(2026, 10, 22, 12) })
  const url = await quarantine.api.app.listen({ host: '127.0.0.1', port: 0 })
  const environment = { ...bareEnvironment(), PLAYTRACE_ADMIN_KEY: DEMO.admin }
  const run: Run = (...args) => runCommand(['rejections', ...args, '--url', url], environment)
  return { ...quarantine, run }
}

test('a rejected event is listed in its group, shown in full, and replayed', async (t) => {
  const { send, get, events, run, stored } = await serve(t)
  assert.deepEqual(await run(), { code: 0, output: 'There are no rejected events in quarantine.\n' })
  const event = { name: 'level', player_id: 'p', app_version: '1.0', lvl: 3 }
  await send(event)
  const [rejection] = (await get<RejectionsPage>('/list')).rejections
  const id = rejection?.rejection_id ?? ''

  const list = await run()
  assert.equal(list.code, 0, list.output)
  for (const shown of ['unknown_field', 'level', '1.0', id]) assert.ok(list.output.includes(shown), list.output)
  assert.doesNotMatch(list.output, /not stored/)

  const { code, output } = await run('show', id)
  assert.equal(code, 0, output)
  const lines = output.split('\n')
  for (const line of [
    `rejection_id: ${id}`,
    'received_at: 2026-11-22T12:00:00.000000Z',
    'reason: unknown_field',
    'path: /lvl',
    'name: level',
    'app_version: 1.0',
    `key_fingerprint: ${fingerprintOf(hashKey(DEMO.write))}`,
    'replayed_at: null',
  ])
    assert.ok(lines.includes(line), output)
  assert.ok(output.endsWith(`raw:\n${JSON.stringify(event)}\n`), output)

  const replay = await run('replay', id, '--from', '/lvl', '--to', '/properties/level')
  assert.deepEqual(replay, { code: 0, output: 'replayed: accepted 1, rejected again 0\n' })
  await stored()
  assert.deepEqual(
    (await events()).map(({ name, properties }) => [name, properties]),
    [['level', '{"level": 3}']],
  )
})

test('an unknown or invalid id ends with the error of the server', async (t) => {
  const { run } = await serve(t)
  const missing = await run('show', randomUUID())
  assert.deepEqual([missing.code, /The server answered 404: /.test(missing.output)], [1, true], missing.output)
  const none = await run('show', 'x/../y')
  assert.deepEqual([none.code, /The server answered 4/.test(none.output)], [1, true], none.output)
})

test('the list shows how many rejected events were not stored', async (t) => {
  const { send, run } = await serve(t)
  await send(...Array(KEPT_EVENTS_A_MINUTE).fill({ name: 'n' }))
  await send({ name: 'n' }, { name: 'n' })
  const { code, output } = await run('list')
  assert.equal(code, 0, output)
  assert.match(output, /^2 more rejected events were not stored: too many arrived within a minute\.$/m)
})
