// How the embedded server is reached: by a socket that only its user and root can reach, and by a port where one is asked for or no
// socket is possible.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import pg from 'pg'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.ts'
import { freePort } from '../../src/embedded-postgres/free-port.ts'
import { notRun } from '../not-run.ts'
import { onEnd } from '../on-end.ts'

const run = promisify(execFile)

async function startIn(t: TestContext, dataDir: string, port?: number) {
  const server = await startEmbeddedPostgres({ dataDir, port, onExit: (error) => assert.fail(error) })
  onEnd(t, () => server.stop())
  return server
}

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-socket-'))
  onEnd(t, () => rm(folder, { recursive: true, force: true }))
  return folder
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

/** The same server, as a URL with the folder in a parameter. */
function withHostParameter(url: string): string {
  const { username, password, hostname, port, pathname } = new URL(url)
  return `postgres://${username}:${password}@${pathname}?host=${decodeURIComponent(hostname)}&port=${port}`
}

test('the server listens on a socket alone, takes SCRAM alone, and both forms of its URL work', async (t) => {
  const dataDir = await newFolder(t)
  const { url, port } = await startIn(t, dataDir)
  assert.equal(port, undefined)
  assert.match(url, /^postgres:\/\/playtrace:[\w-]+@%2F[^/]+%2Fpostgres:5432\/playtrace$/)
  for (const form of [url, withHostParameter(url)])
    assert.deepEqual(await query(form, `select current_setting('listen_addresses'), inet_client_addr()`), ['', null])
  const methods = await query(url, 'select distinct auth_method from pg_hba_file_rules')
  assert.deepEqual(methods, ['scram-sha-256'])
  assert.equal((await stat(join(dataDir, 'postgres', '.s.PGSQL.5432'))).mode & 0o777, 0o700)

  const psql = globSync('/usr/lib/postgresql/*/bin/psql')[0]
  if (!psql) return notRun({ what: 'the URL of the embedded database in psql', why: 'no psql', required: true })
  for (const form of [url, withHostParameter(url)])
    assert.equal((await run(psql, [form, '-At', '-c', 'select 1'])).stdout, '1\n')
})

test('another user of the machine cannot reach the socket', async (t) => {
  if (process.getuid?.() !== 0)
    return notRun({ what: 'the socket of the embedded database as another user', why: 'not root', required: false })
  const dataDir = await newFolder(t)
  // As openDataDir makes it under root.
  await chmod(dataDir, 0o711)
  const { url } = await startIn(t, dataDir)
  const script = `
    const { connect } = require('node:net')
    connect(${JSON.stringify(join(decodeURIComponent(new URL(url).hostname), '.s.PGSQL.5432'))})
      .on('connect', () => console.log('connected'))
      .on('error', ({ code }) => console.log(code))
  `
  const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--', process.execPath, '-e', script]
  assert.equal((await run('setpriv', asNobody, { cwd: '/' })).stdout, 'EACCES\n')
})

test('a port that is asked for is open on 127.0.0.1 beside the socket', async (t) => {
  const dataDir = await newFolder(t)
  const free = await freePort('127.0.0.1', 0)
  const { url, port } = await startIn(t, dataDir, free)
  assert.equal(port, free)
  assert.equal(await findEmbeddedPostgres(dataDir), url)
  assert.deepEqual(await query(url, 'select inet_client_addr()'), [null])
  const byPort = Object.assign(new URL(url), { hostname: '127.0.0.1' })
  assert.deepEqual(await query(byPort.href, 'select host(inet_client_addr())'), ['127.0.0.1'])
  byPort.password = 'wrong'
  await assert.rejects(query(byPort.href, 'select 1'), { code: '28P01' })
})

test('a folder whose path is too long for a socket has a port', async (t) => {
  const dataDir = join(await newFolder(t), 'x'.repeat(100))
  await mkdir(dataDir)
  const { url, port } = await startIn(t, dataDir)
  assert.equal(new URL(url).host, `127.0.0.1:${port}`)
  assert.equal(await findEmbeddedPostgres(dataDir), url)
  assert.deepEqual(await query(url, 'select 1'), [1])
})
