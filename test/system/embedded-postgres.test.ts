// The embedded server in real folders, with starts after a kill, a stale postmaster.pid and an interrupted initialisation.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import {
  type EmbeddedPostgres,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres.ts'

type Start = (options?: { port?: number; onExit?: (error: Error) => void }) => Promise<EmbeddedPostgres>

/** Creates a folder and a function that starts a server in it. The end of the test stops the server and deletes the folder. */
async function newFolder(t: TestContext): Promise<{ dataDir: string; start: Start }> {
  // Under root, the server's user cannot enter this folder, as with /root.
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-embedded-'))
  const servers: EmbeddedPostgres[] = []
  t.after(async () => {
    for (const server of servers) await server.stop(0)
    await rm(dataDir, { recursive: true, force: true })
  })
  const start: Start = async (options) => {
    const onExit = (error: Error) => assert.fail(error)
    const server = await startEmbeddedPostgres({ dataDir, onExit, ...options })
    servers.push(server)
    return server
  }
  return { dataDir, start }
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url)
  // A server that is killed cuts its connections.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

/** Starts the server in another process and kills that process, so that the server keeps running without a parent. */
async function leaveServerBehind(dataDir: string): Promise<{ url: string; pid: number }> {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(import.meta.resolve('../../src/embedded-postgres/embedded-postgres.ts'))}
    const { url, pid } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, onExit() {} })
    console.log(JSON.stringify({ url, pid }))
  `
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(holder.stdout, 'data')) as [Buffer]
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  return JSON.parse(line.toString())
}

test('the server has safe settings, listens on its socket only, and keeps its data', async (t) => {
  const { dataDir, start } = await newFolder(t)
  const first = await start()
  const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding']
  assert.deepEqual(await query(first.url, `select ${settings.map((name) => `current_setting('${name}')`).join()}`), [
    'on',
    'on',
    'on',
    '',
    'UTF8',
  ])
  await query(first.url, `create table kept as select 'lärm 🎮' as word`)
  assert.equal(await findEmbeddedPostgres(dataDir), first.url)
  await first.stop()
  assert.equal(await findEmbeddedPostgres(dataDir), undefined)

  const second = await start()
  assert.deepEqual(await query(second.url, 'select word from kept'), ['lärm 🎮'])
  await second.stop()
})

test('the password is required and private, and the log goes to a file', async (t) => {
  const { dataDir, start } = await newFolder(t)
  const { url, stop } = await start()
  const password = new URL(url)
  password.password = 'wrong'
  await assert.rejects(query(password.href, 'select 1'), { code: '28P01' })
  await stop()
  assert.equal((await stat(join(dataDir, 'postgres-password'))).mode & 0o777, 0o600)
  assert.equal((await stat(join(dataDir, 'postgres'))).mode & 0o777, 0o700)
  assert.match(await readFile(join(dataDir, 'postgres.log'), 'utf8'), /ready to accept connections/)
})

test('a start stops a server that a killed process left running, and uses its data', async (t) => {
  const { dataDir, start } = await newFolder(t)
  const leftover = await leaveServerBehind(dataDir)
  await query(leftover.url, 'create table kept as select 1 as n')
  assert.equal(await findEmbeddedPostgres(dataDir), leftover.url)

  const { url, pid, stop } = await start()
  assert.notEqual(pid, leftover.pid)
  assert.equal(url, leftover.url)
  assert.deepEqual(await query(url, 'select n from kept'), [1])
  await stop()
})

test('a start succeeds after that server was killed too, with a client still connected', async (t) => {
  const { dataDir, start } = await newFolder(t)
  const leftover = await leaveServerBehind(dataDir)
  await query(leftover.url, 'create table kept as select 1 as n')
  const busy = query(leftover.url, 'select pg_sleep(1)').catch(() => undefined)
  process.kill(leftover.pid, 'SIGKILL')

  const { url, stop } = await start()
  assert.deepEqual(await query(url, 'select n from kept'), [1])
  await busy
  await stop()
})

test('a start ignores a postmaster.pid whose pid belongs to another process', async (t) => {
  const { dataDir, start } = await newFolder(t)
  const bystander = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 60_000)'])
  t.after(() => bystander.kill('SIGKILL'))
  await (await start()).stop()
  const note = [bystander.pid, join(dataDir, 'postgres'), 1, 1, '', '127.0.0.1', '', 'ready']
  await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), note.join('\n'))
  await writeFile(join(dataDir, 'postgres', '.s.PGSQL.5432.lock'), note.join('\n'))
  assert.equal(await findEmbeddedPostgres(dataDir), undefined)

  await (await start()).stop()
  assert.equal(bystander.exitCode ?? bystander.signalCode, null)
})

test('a start repeats an interrupted initialisation', async (t) => {
  const { dataDir, start } = await newFolder(t)
  await mkdir(join(dataDir, 'postgres-unfinished', 'data'), { recursive: true })
  await writeFile(join(dataDir, 'postgres-unfinished', 'data', 'PG_VERSION'), '18')
  const { url, stop } = await start()
  assert.deepEqual(await query(url, 'select 1'), [1])
  await stop()
})

test('onExit is called when the server ends unexpectedly, and it can restart at the same URL', async (t) => {
  const { start } = await newFolder(t)
  const exit = Promise.withResolvers<Error>()
  const first = await start({ onExit: exit.resolve })
  process.kill(first.pid, 'SIGKILL')
  assert.match((await exit.promise).message, /PostgreSQL ended/)

  const second = await start()
  assert.equal(second.url, first.url)
  await second.stop()
})

test('the error of a failed start contains the end of the log', async (t) => {
  const { dataDir, start } = await newFolder(t)
  await (await start()).stop()
  await writeFile(join(dataDir, 'postgres', 'postgresql.auto.conf'), 'shared_buffers = nonsense')
  await assert.rejects(start(), /postgresql\.auto\.conf/)

  await rm(join(dataDir, 'postgres-password'))
  await assert.rejects(start(), /postgres-password is missing/)
})
