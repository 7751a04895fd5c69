// A key that is given by variable is not printed, and only the process that stores it has it. No process of Playtrace passes on
// the variables of other programs.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { fingerprintOf, hashKey } from '../../src/contract/key.ts'
import { readPostmaster } from '../../src/embedded-postgres/postmaster-pid.ts'
import { notRun } from '../not-run.ts'
import { onEnd } from '../on-end.ts'
import { until } from '../until.ts'
import { bareEnvironment, collect, PROGRAM, processesOf, stop } from './launch.ts'

const GIVEN = {
  PLAYTRACE_WRITE_KEY: 'pt_w_given_by_variable_write',
  PLAYTRACE_ADMIN_KEY: 'pt_a_given_by_variable_admin',
}

async function start(t: TestContext, environment: Record<string, string>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-keys-'))
  const env = { ...bareEnvironment(), PLAYTRACE_DATA_DIR: dataDir, PORT: '0', ...environment }
  const parent = spawn(process.execPath, [PROGRAM, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onEnd(t, async () => {
    await stop(parent)
    await rm(dataDir, { recursive: true, force: true })
  })
  const output = collect(parent)
  await until(() => {
    assert.equal(parent.exitCode, null, output())
    return output().includes('Press Ctrl-C')
  }, 60_000)
  return { dataDir, parent, printed: output() }
}

test('keys from variables are printed as fingerprints, with commands that work where the variables are set', async (t) => {
  const { printed } = await start(t, GIVEN)
  for (const [name, key] of Object.entries(GIVEN)) {
    assert.ok(!printed.includes(key), `${name} is printed`)
    assert.ok(printed.includes(`fingerprint ${fingerprintOf(hashKey(key))}, from ${name}`), printed)
  }
  assert.doesNotMatch(printed, /keys\.json/)
  const [send = '', read = ''] = printed.match(/(sleep 1; )?curl .*/g) ?? []
  const shell = (command: string) =>
    promisify(execFile)('sh', ['-c', command], { env: { ...bareEnvironment(), ...GIVEN } })
  assert.equal((await shell(send)).stdout, '{"accepted":1,"rejected":[]}')
  await until(async () => (await shell(read)).stdout.includes('level_complete'))
})

test('a key that was generated is printed beside the fingerprint of the given one', async (t) => {
  const { PLAYTRACE_WRITE_KEY } = GIVEN
  const { printed } = await start(t, { PLAYTRACE_WRITE_KEY })
  assert.match(printed, /Admin key {3}pt_a_[\w-]{32} /)
  assert.match(printed, /\(generated and stored in .*keys\.json\)/)
  assert.ok(!printed.includes(PLAYTRACE_WRITE_KEY))
})

const FOREIGN = {
  AWS_SECRET_ACCESS_KEY: 'a-secret-of-another-program',
  npm_config_token: 'x',
  LANG: 'C',
  PGAPPNAME: 'p',
}
const OF_POSTGRES = /^(PATH|TZ|LANG|LC_\w+)$/

test('PostgreSQL gets only what it needs, and API and worker get no key and no foreign variable', async (t) => {
  if (process.platform !== 'linux')
    return notRun({ what: 'the environment of the processes', why: 'only Linux has /proc', required: false })
  const { dataDir, parent } = await start(t, { ...GIVEN, ...FOREIGN })
  const postmaster = (await readPostmaster(join(dataDir, 'postgres')))?.pid as number
  const ofPostgres = await environmentOf(postmaster)
  assert.equal(ofPostgres['LANG'], 'C')
  assert.deepEqual(
    Object.keys(ofPostgres).filter((name) => !OF_POSTGRES.test(name)),
    [],
  )
  for (const command of ['api', 'worker'] as const) {
    const [pid] = await processesOf(parent, command)
    const environment = await environmentOf(pid as number)
    assert.equal(environment['PGAPPNAME'], 'p')
    assert.equal(environment['PLAYTRACE_DATA_DIR'], dataDir)
    for (const name of [...Object.keys(GIVEN), 'AWS_SECRET_ACCESS_KEY', 'npm_config_token'])
      assert.ok(!(name in environment), `${command} has ${name}`)
  }
})

async function environmentOf(pid: number): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8')
  return Object.fromEntries(
    text
      .split('\0')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}
