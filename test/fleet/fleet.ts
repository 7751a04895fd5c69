// A fleet: API nodes behind both balancers, workers, and stores behind proxies that lead to whichever server is the primary.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { v7 as uuidV7 } from 'uuid'
import { newKey } from '../../src/contract/key.ts'
import { startTcpProxy } from '../../tools/chaos/tcp-proxy.ts'
import { onEnd } from '../on-end.ts'
import { freePort } from '../redis-server.ts'
import { bareEnvironment, collect, PROGRAM, stop } from '../system/launch.ts'
import { until } from '../until.ts'

const START_MS_MAX = 30_000
const SEND_PAUSE_MS = 20

export interface Node {
  url: string
  port: number
  child: ChildProcess
  output: () => string
}

/** A proxy that leads new connections to another server after a call of `lead`. Open connections stay. */
export async function movableProxy(t: TestContext, port: number) {
  let target = port
  const proxy = await startTcpProxy(async () => target)
  onEnd(t, () => proxy.close())
  return {
    port: proxy.port,
    lead(to: number) {
      target = to
    },
  }
}

export async function fleetEnvironment(t: TestContext, stores: Record<string, string>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-fleet-'))
  onEnd(t, () => rm(dataDir, { recursive: true, force: true }))
  return {
    ...bareEnvironment(),
    PLAYTRACE_DATA_DIR: dataDir,
    PLAYTRACE_WRITE_KEY: newKey('write'),
    RATE_LIMIT_PER_ADDRESS: '0',
    TRUST_PROXY: '127.0.0.1',
    SHUTDOWN_DELAY_MS: '3000',
    ...stores,
  }
}

/** Resolves when the node is ready. */
export async function startNode(
  t: TestContext,
  command: 'api' | 'worker',
  env: NodeJS.ProcessEnv,
  port: number | undefined = undefined,
): Promise<Node> {
  const own = port ?? (await freePort())
  const child = spawn(process.execPath, [PROGRAM, command], {
    env: { ...env, PORT: String(own), WORKER_PORT: String(own) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onEnd(t, () => stop(child))
  const output = collect(child)
  const url = `http://127.0.0.1:${own}`
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${output()}`)
    return (await statusOf(`${url}/readyz`)) === 200
  }, START_MS_MAX)
  return { url, port: own, child, output }
}

export const statusOf = (url: string): Promise<number> =>
  fetch(url).then(
    ({ status }) => status,
    () => 0,
  )

export interface Sender {
  /** The ids of the events that were answered 202. */
  acknowledged: Set<string>
  /** The statuses since the last call; 0: no answer. */
  statuses(): number[]
  stop(): Promise<void>
}

/** Sends one event at a time through each balancer in turn, and sends it again, unchanged, until it is answered 202. */
export function startSender(t: TestContext, balancers: string[], key: string): Sender {
  const acknowledged = new Set<string>()
  let statuses: number[] = []
  let stopped = false

  async function send(id: string, at: number): Promise<boolean> {
    const url = `${balancers[at % balancers.length]}/v1/events?key=${key}`
    const event = { event_id: id, name: 'tick', player_id: `player-${at % 50}` }
    const headers = { 'content-type': 'application/json' }
    const status = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) }).then(
      async (answer) => {
        await answer.arrayBuffer()
        return answer.status
      },
      () => 0,
    )
    statuses.push(status)
    return status === 202
  }

  async function run(first: number): Promise<void> {
    for (let at = first; !stopped; at++) {
      const id = uuidV7()
      while (!(await send(id, at))) {
        if (stopped) return
        await delay(SEND_PAUSE_MS)
      }
      acknowledged.add(id)
      await delay(SEND_PAUSE_MS)
    }
  }

  const running = Promise.all([run(0), run(1), run(2)])
  const end = async () => {
    stopped = true
    await running
  }
  onEnd(t, end)
  return {
    acknowledged,
    statuses() {
      const since = statuses
      statuses = []
      return since
    },
    stop: end,
  }
}
