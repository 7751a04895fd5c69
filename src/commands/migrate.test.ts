// `playtrace migrate --generate-keys`, as docker compose runs it, and `playtrace keys show`.
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freshDatabase } from '../../test/stores.ts'
import { readConfig } from '../config.ts'
import { fingerprintOf, hashKey } from '../contract/key.ts'
import { listKeys } from '../storage/games/games.ts'
import { withDatabase } from './connections.ts'
import { keysFile, storedKeys } from './data-dir.ts'
import { keysShow, migrate } from './migrate.ts'

async function newSystem(t: TestContext) {
  const url = await freshDatabase(t)
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-migrate-'))
  t.after(() => rm(folder, { recursive: true }))
  const environment = { DATABASE_URL: url, PLAYTRACE_DATA_DIR: join(folder, 'data') }
  const log = t.mock.method(console, 'log', () => {})
  /** Returns what the command printed. */
  const printed = async (command: () => Promise<void>) => {
    log.mock.resetCalls()
    await command()
    return log.mock.calls.map(({ arguments: [line] }) => line).join('\n')
  }
  const fingerprints = async () =>
    (await withDatabase(url, { name: 'test' }, listKeys)).map(({ fingerprint }) => fingerprint).sort()
  return { environment, printed, fingerprints }
}

const fingerprint = (key: string) => fingerprintOf(hashKey(key))

test('keys are generated once, printed once, and shown again on request', async (t) => {
  const { environment, printed, fingerprints } = await newSystem(t)
  const config = readConfig(environment)
  const first = await printed(() => migrate(config, { generateKeys: true }))
  const { write_key, admin_key } = (await storedKeys(config.dataDir)) ?? assert.fail()
  assert.equal((await stat(keysFile(config.dataDir))).mode & 0o777, 0o600)
  assert.ok(first.includes(write_key) && first.includes(admin_key))
  assert.deepEqual(await fingerprints(), [fingerprint(write_key), fingerprint(admin_key)].sort())

  const second = await printed(() => migrate(config, { generateKeys: true }))
  assert.ok(!second.includes(write_key) && !second.includes(admin_key))
  assert.match(second, /docker compose run --rm migrate keys show/)
  const shown = await printed(() => keysShow(config))
  assert.ok(shown.includes(write_key) && shown.includes(admin_key))
  assert.equal((await fingerprints()).length, 2)
})

test('a key from a variable is used and not printed', async (t) => {
  const { environment, printed, fingerprints } = await newSystem(t)
  const given = { PLAYTRACE_WRITE_KEY: 'a-write-key-by-variable', PLAYTRACE_ADMIN_KEY: 'an-admin-key-by-variable' }
  const config = readConfig({ ...environment, ...given })
  const output = await printed(() => migrate(config, { generateKeys: true }))
  for (const key of Object.values(given)) assert.ok(!output.includes(key))
  assert.doesNotMatch(output, /keys show/)
  assert.deepEqual(await fingerprints(), Object.values(given).map(fingerprint).sort())
  assert.equal(await storedKeys(config.dataDir), undefined)
  await assert.rejects(keysShow(config), /has no generated keys/)
})

test('without the option no key is generated', async (t) => {
  const { environment, printed, fingerprints } = await newSystem(t)
  const output = await printed(() => migrate(readConfig(environment), { generateKeys: false }))
  assert.match(output, /There is no valid key/)
  assert.deepEqual(await fingerprints(), [])
})
