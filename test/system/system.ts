// The real system for a test: `playtrace start` as a child process, on a data folder and a port of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { findEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.ts'
import { onEnd } from '../on-end.ts'
import { freePort } from '../redis-server.ts'
import { bareEnvironment, collect, launchStart, PROGRAM, stop } from './launch.ts'

export { PROGRAM, stop }

export interface System {
  url: string
  writeKey: string
  adminKey: string
  dataDir: string
  /** Of the embedded PostgreSQL. */
  databaseUrl: string
  parent: ChildProcess
  /** Runs another command on the same data folder; resolves with what it printed and its exit code. */
  run: (...args: string[]) => Promise<{ code: number | null; output: string }>
}

/** @param environment on top of a data folder and a port of its own; the database is the embedded one */
export async function startSystem(t: TestContext, environment: Record<string, string> = {}): Promise<System> {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-system-'))
  onEnd(t, () => rm(dataDir, { recursive: true, force: true }))
  return startOn(t, dataDir, environment)
}

async function startOn(t: TestContext, dataDir: string, environment: Record<string, string> = {}): Promise<System> {
  const port = await freePort()
  const env = { ...bareEnvironment(), PLAYTRACE_DATA_DIR: dataDir, PORT: String(port), ...environment }
  const parent = await launchStart(env)
  onEnd(t, () => stop(parent))
  const keys = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8'))
  return {
    url: `http://127.0.0.1:${port}`,
    writeKey: keys.write_key,
    adminKey: keys.admin_key,
    dataDir,
    databaseUrl: (await findEmbeddedPostgres(dataDir)) ?? '',
    parent,
    run: (...args) => runCommand(args, env),
  }
}

/** `playtrace …` as a person runs it. */
export async function runCommand(args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output: output() }
}
