// The real system for a test: `playtrace start` as a child process, on a data folder and a port of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findEmbeddedPostgres } from '../../src/storage/embedded-postgres.ts'
import { onEnd } from '../on-end.ts'
import { until } from '../until.ts'

export const PROGRAM = fileURLToPath(new URL('../../bin/playtrace.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000

export interface System {
  url: string
  writeKey: string
  adminKey: string
  dataDir: string
  /** Of the embedded PostgreSQL. */
  databaseUrl: string
  supervisor: ChildProcess
  /** Runs another command on the same data folder; resolves with what it printed and its exit code. */
  run: (...args: string[]) => Promise<{ code: number | null; output: string }>
}

/** @param environment on top of a data folder and a port of its own; the database is the embedded one */
export async function startSystem(t: TestContext, environment: Record<string, string> = {}): Promise<System> {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-system-'))
  onEnd(t, () => rm(dataDir, { recursive: true, force: true }))
  return startOn(t, dataDir, environment)
}

export async function startOn(
  t: TestContext,
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<System> {
  const port = await freePort()
  const env = { ...bareEnvironment(), PLAYTRACE_DATA_DIR: dataDir, PORT: String(port), ...environment }
  const supervisor = spawn(process.execPath, [PROGRAM, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(supervisor)
  onEnd(t, () => stop(supervisor))
  await until(() => {
    if (supervisor.exitCode !== null) throw new Error(`start ended with ${supervisor.exitCode}: ${output()}`)
    return output().includes('Playtrace is ready')
  }, START_TIMEOUT_MS)
  const keys = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8'))
  return {
    url: `http://127.0.0.1:${port}`,
    writeKey: keys.write_key,
    adminKey: keys.admin_key,
    dataDir,
    databaseUrl: (await findEmbeddedPostgres(dataDir)) ?? '',
    supervisor,
    run: (...args) => runCommand(args, env),
  }
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal)
    await once(child, 'exit')
  }
  return child.exitCode
}

async function runCommand(args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output: output() }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  child.stderr?.on('data', (chunk) => {
    text += chunk
  })
  return () => text
}

/** What the machine has set for Playtrace must not reach the test. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME, LOG_LEVEL: 'warn' }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
