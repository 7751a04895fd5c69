// The data folder and its generated keys.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ConfigError, readConfig } from '../config.ts'
import { keysFile, keysOf, openDataDir, storedKeys } from './data-dir.ts'

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-data-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

test('keys are generated once and stored in a file that only the owner can read', async (t) => {
  const dataDir = await newFolder(t)
  assert.equal(await storedKeys(dataDir), undefined)
  const config = readConfig({ PLAYTRACE_DATA_DIR: dataDir })
  const { generated, ...keys } = await keysOf(config)
  assert.ok(generated)
  assert.match(keys.write_key, /^pt_w_[\w-]{32}$/)
  assert.match(keys.admin_key, /^pt_a_[\w-]{32}$/)
  assert.deepEqual(await keysOf(config), { ...keys, generated: false })
  assert.deepEqual(await storedKeys(dataDir), keys)
  assert.equal((await stat(keysFile(dataDir))).mode & 0o777, 0o600)
})

test('a key from a variable takes precedence, and with both variables no file is written', async (t) => {
  const dataDir = await newFolder(t)
  const set = { PLAYTRACE_WRITE_KEY: 'a-write-key-of-mine', PLAYTRACE_ADMIN_KEY: 'an-admin-key-of-mine' }
  assert.deepEqual(await keysOf(readConfig({ PLAYTRACE_DATA_DIR: dataDir, ...set })), {
    write_key: set.PLAYTRACE_WRITE_KEY,
    admin_key: set.PLAYTRACE_ADMIN_KEY,
    generated: false,
  })
  assert.equal(await storedKeys(dataDir), undefined)

  const { PLAYTRACE_WRITE_KEY } = set
  const half = await keysOf(readConfig({ PLAYTRACE_DATA_DIR: dataDir, PLAYTRACE_WRITE_KEY }))
  assert.equal(half.write_key, PLAYTRACE_WRITE_KEY)
  assert.equal(half.admin_key, (await storedKeys(dataDir))?.admin_key)
})

test('a damaged key file is reported and not overwritten', async (t) => {
  const dataDir = await newFolder(t)
  for (const text of ['{"write_key":"pt_w_1"', '{}']) {
    await writeFile(keysFile(dataDir), text)
    await assert.rejects(keysOf(readConfig({ PLAYTRACE_DATA_DIR: dataDir })), (error) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, /keys\.json .*delete it/)
      return true
    })
    assert.equal(await readFile(keysFile(dataDir), 'utf8'), text)
  }
})

test('a folder is created with its parents, and its real path is returned', async (t) => {
  const folder = await newFolder(t)
  const dataDir = await openDataDir(join(folder, 'a', 'b'))
  await symlink(join(folder, 'a'), join(folder, 'link'))
  assert.equal(await openDataDir(join(folder, 'link', 'b')), dataDir)
  assert.equal((await stat(dataDir)).mode & 0o066, 0)
})

test('a folder that cannot be created is an error, also below /proc', async () => {
  await assert.rejects(
    openDataDir('/proc/x/y'),
    /^Error: Cannot create the data folder \/proc\/x\/y \(ENOENT\)\. Set PLAYTRACE_DATA_DIR/,
  )
})
