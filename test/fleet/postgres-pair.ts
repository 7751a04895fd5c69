// A PostgreSQL primary and a standby that streams from it: Debian's servers, because the ones from npm have no pg_basebackup.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { accountFor, type Command, runAs } from '../../src/embedded-postgres/account.ts'
import { onEnd } from '../on-end.ts'
import { freePort } from '../redis-server.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'

const START_MS_MAX = 30_000

export interface PostgresServer {
  url: string
  port: number
  /** The folder of its data and of its socket. */
  folder: string
  query: (sql: string) => Promise<Record<string, unknown>[]>
  /** At once, as when the power goes. */
  kill: () => Promise<void>
  start: () => Promise<void>
}

/** The folder of Debian's programs, or undefined if they are not installed. */
export function findPostgresPrograms(): string | undefined {
  const found = globSync('/usr/lib/postgresql/*/bin/pg_basebackup').sort().at(-1)
  return found && dirname(found)
}

/** The standby has everything that the primary had, and streams. Commits do not wait for it yet. */
export async function startPostgresPair(t: TestContext, programs: string) {
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-fleet-postgres-'))
  onEnd(t, () => rm(folder, { recursive: true, force: true }))
  const account = await accountFor(folder)
  if (account) await chown(folder, account.uid, account.gid)
  await chmod(folder, 0o711)
  const as = await runAs(account, folder, join(programs, 'postgres'))
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(...as([join(programs, program), args]), { cwd: folder })

  const primaryFolder = join(folder, 'primary')
  await run('initdb', '-D', primaryFolder, '-U', 'playtrace', '--auth=trust', '--encoding=UTF8', '--locale=C')
  const primary = await openServer(t, primaryFolder, (args) => as([join(programs, 'postgres'), args]))
  await primary.query('create database fleet')
  const standbyFolder = join(folder, 'standby')
  await mkdir(standbyFolder, { mode: 0o700 })
  if (account) await chown(standbyFolder, account.uid, account.gid)
  const source = `postgres://playtrace@127.0.0.1:${primary.port}/postgres?application_name=standby`
  await run('pg_basebackup', '-D', standbyFolder, '-R', '-X', 'stream', '-c', 'fast', '-d', source)
  const standby = await openServer(t, standbyFolder, (args) => as([join(programs, 'postgres'), args]))
  await until(async () => {
    const rows = await primary.query(`select from pg_stat_replication where state = 'streaming'`)
    return rows.length === 1
  }, START_MS_MAX)
  return { primary, standby }
}

async function openServer(
  t: TestContext,
  folder: string,
  command: (args: string[]) => Command,
): Promise<PostgresServer> {
  const port = await freePort()
  let child: ChildProcess | undefined
  const url = (database: string) => `postgres://playtrace@127.0.0.1:${port}/${database}`
  const query = async (sql: string) =>
    (await withClient(url('postgres'), (client) => client.query(sql))).rows as Record<string, unknown>[]

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  const server: PostgresServer = {
    url: url('fleet'),
    port,
    folder,
    query,
    kill: () => end('SIGKILL'),
    async start() {
      const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=on']
      const flags = [...settings, 'max_connections=200'].flatMap((setting) => ['-c', setting])
      child = spawn(...command(['-D', folder, ...flags]), { stdio: 'ignore', cwd: folder })
      await until(
        () =>
          query('select 1').then(
            () => true,
            () => false,
          ),
        START_MS_MAX,
      )
    },
  }
  onEnd(t, () => end('SIGQUIT'))
  await server.start()
  return server
}
