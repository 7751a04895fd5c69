// TLS as managed servers have it: a private certificate authority, `sslmode` as providers print it, and a Redis user with few rights.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { fleetEnvironment } from '../fleet/fleet.ts'
import { findPostgresPrograms, startPostgresPair } from '../fleet/postgres-pair.ts'
import { notRun } from '../not-run.ts'
import { onEnd } from '../on-end.ts'
import { findRedisServer, freePort, startRedisServer } from '../redis-server.ts'
import { runCommand } from './system.ts'

const postgres = findPostgresPrograms()
const redis = findRedisServer()

if (!postgres || !redis)
  notRun({ what: 'TLS', why: 'PostgreSQL of Debian or redis-server is not installed', required: true })
else
  suite('TLS', { concurrency: true }, () => {
    test('to PostgreSQL with a private authority, and by a socket', (t) => toPostgres(t, postgres))
    test('to Redis with a private authority, as a user with few rights', (t) => toRedis(t, redis))
  })

async function toPostgres(t: TestContext, programs: string): Promise<void> {
  const { primary } = await startPostgresPair(t, programs)
  const { ca, cert, key } = await certificates(t)
  for (const [name, value] of Object.entries({ ssl_cert_file: cert, ssl_key_file: key, ssl: 'on' }))
    await primary.query(`alter system set ${name} = '${value}'`)
  await primary.query('select pg_reload_conf()')
  const migrateAt = async (DATABASE_URL: string) => runCommand(['migrate'], await fleetEnvironment(t, { DATABASE_URL }))
  const migrate = (parameters: string) => migrateAt(`${primary.url}?${parameters}`)
  const unverified = await migrate('sslmode=verify-full')
  assert.equal(unverified.code, 1)
  assert.match(
    unverified.output,
    /^Cannot use the database: No known certificate authority has signed .*\. Check DATABASE_URL\.\n$/,
  )
  for (const parameters of [
    'sslmode=require',
    `sslmode=verify-full&sslrootcert=${ca}`,
    `sslmode=verify-ca&sslrootcert=${ca}`,
  ]) {
    const { code, output } = await migrate(parameters)
    assert.deepEqual([code, output.includes('SECURITY WARNING')], [0, false], output)
  }
  const { folder, port } = primary
  const bySocket = await migrateAt(`postgres://playtrace@/fleet?host=${folder}&port=${port}`)
  assert.deepEqual(bySocket, { code: 0, output: 'The schema is current. Nothing was applied.\n' })
}

async function toRedis(t: TestContext, program: string): Promise<void> {
  const { ca, cert, key } = await certificates(t)
  const tlsPort = await freePort()
  const settings = {
    'tls-port': String(tlsPort),
    'tls-cert-file': cert,
    'tls-key-file': key,
    'tls-ca-cert-file': ca,
    'tls-auth-clients': 'no',
  }
  const server = await startRedisServer(program, { settings })
  onEnd(t, () => server.stop())
  const admin = new Redis(server.url)
  onEnd(t, async () => admin.disconnect())
  // As docs/deploy.md says.
  const rights = '~bull:playtrace-* ~playtrace-* &* +@all -@dangerous +info +client'.split(' ')
  await admin.call('ACL', 'SETUSER', 'playtrace', 'on', '>secret', ...rights)
  const url = `rediss://playtrace:secret@127.0.0.1:${tlsPort}`
  const stores = { DATABASE_URL: 'postgres://unused', QUEUE_URL: url }
  const env = await fleetEnvironment(t, stores)
  const untrusted = await runCommand(['dead-letters'], env)
  assert.equal(untrusted.code, 1)
  assert.match(untrusted.output, /No known certificate authority has signed .*Check QUEUE_URL\./)
  assert.ok(!untrusted.output.includes('secret'))
  const trusted = await runCommand(['dead-letters'], { ...env, NODE_EXTRA_CA_CERTS: ca })
  assert.deepEqual(trusted, { code: 0, output: 'There are no dead letters.\n' })
}

/** A certificate authority, and a certificate of 127.0.0.1 that it signed. */
async function certificates(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-tls-'))
  onEnd(t, () => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder })
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
  await openssl(...request, '-subj', '/CN=Private CA', '-keyout', 'ca.key', '-out', 'ca.pem')
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'subjectAltName=IP:127.0.0.1']
  await openssl(...request, ...signed, '-subj', '/CN=127.0.0.1', '-keyout', 'server.key', '-out', 'server.pem')
  return { ca: file('ca.pem'), cert: file('server.pem'), key: await forServer(file('server.key')) }
}

/** PostgreSQL refuses a key that others can read, and runs as another user where the test runs as root. */
async function forServer(key: string): Promise<string> {
  if (process.getuid?.() === 0) await promisify(execFile)('chown', ['postgres', key])
  await chmod(key, 0o600)
  return key
}
