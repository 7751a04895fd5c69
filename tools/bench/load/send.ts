// Sends prepared requests over keep-alive connections: each on an answer (closed loop), or each when it is due (open loop).
import { setTimeout as wait } from 'node:timers/promises'
import { type Random, randomStream } from '../../../src/simulation/random.ts'
import { type Connection, openConnection } from './connection.ts'
import type { Ack, LoadPlan, LoadResult } from './plan.ts'

const TICK_MS = 1
const ARRIVALS_STREAM = 4
const ACCEPTED = 202

/** @throws where an answer is another than 202 */
type Post = (connection: Connection, request: Buffer, dueMs: number) => Promise<void>

export async function sendRequests(plan: LoadPlan, requests: Buffer[]): Promise<LoadResult> {
  const url = new URL(plan.url)
  const connections = await Promise.all(Array.from({ length: plan.connections }, () => openConnection(url)))
  const acks: Ack[] = []
  const latencies: number[] = []
  const post: Post = async (connection, request, dueMs) => {
    const { status, batch_id } = await connection.send(request)
    const ackMs = nowMs()
    if (status !== ACCEPTED) throw new Error(`The server answered ${status}.`)
    latencies.push(ackMs - dueMs)
    acks.push({ batch_id, ackMs })
  }
  const startedMs = nowMs()
  try {
    if (plan.rate === undefined) await closedLoop(connections, requests, post)
    else {
      const random = randomStream(plan.seed, ARRIVALS_STREAM)
      await openLoop(connections, requests, post, plan.rate / plan.requestEvents, random)
    }
    return { startedMs, endedMs: nowMs(), latenciesMs: Float64Array.from(latencies), acks }
  } finally {
    for (const connection of connections) connection.close()
  }
}

async function closedLoop(connections: Connection[], requests: Buffer[], post: Post): Promise<void> {
  let next = 0
  const work = async (connection: Connection) => {
    while (next < requests.length) await post(connection, requests[next++] as Buffer, nowMs())
  }
  await Promise.all(connections.map(work))
}

/** Arrivals by chance (Poisson), as from senders that know nothing of each other. A late answer delays no later request. */
async function openLoop(
  connections: Connection[],
  requests: Buffer[],
  post: Post,
  requestsPerSecond: number,
  random: Random,
): Promise<void> {
  const idle = [...connections]
  const due: { request: Buffer; dueMs: number }[] = []
  let answered = 0
  let failure: Error | undefined
  const onFailure = (error: Error) => {
    failure = error
  }
  const tick = async () => {
    await wait(TICK_MS)
    if (failure) throw failure
  }
  const pump = () => {
    while (due.length > 0 && idle.length > 0) {
      const { request, dueMs } = due.shift() as (typeof due)[number]
      // In turn: the server lets go of a connection on which nothing comes for ten seconds.
      const connection = idle.shift() as Connection
      post(connection, request, dueMs).then(() => {
        answered++
        idle.push(connection)
        pump()
      }, onFailure)
    }
  }
  let dueMs = nowMs()
  for (const request of requests) {
    dueMs += random.exponential(1000 / requestsPerSecond)
    while (nowMs() < dueMs) await tick()
    due.push({ request, dueMs })
    pump()
  }
  while (answered < requests.length) await tick()
}

/** Since 1970, finer than a millisecond. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
