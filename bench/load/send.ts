// Sends prepared bodies over keep-alive connections: each on an answer (closed loop), or each when it is due (open loop).
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'undici'
import { type Random, randomStream } from '../../src/simulation/random.ts'
import type { Ack, LoadPlan, LoadResult } from './plan.ts'

const TICK_MS = 1
const ARRIVALS_STREAM = 4

type Post = (client: Client, body: Buffer, dueMs: number) => Promise<void>

export async function sendBodies(plan: LoadPlan, bodies: Buffer[]): Promise<LoadResult> {
  const { origin, pathname } = new URL(plan.url)
  const clients = Array.from({ length: plan.connections }, () => new Client(origin))
  const acks: Ack[] = []
  const latencies: number[] = []
  const headers = {
    'content-type': 'application/json',
    ...(plan.gzip && { 'content-encoding': 'gzip' }),
    ...plan.headers,
  }
  const post: Post = async (client, body, dueMs) => {
    const { status, batch_id } = await answerOf(client, pathname, headers, body)
    const ackMs = nowMs()
    if (status !== 202) throw new Error(`The server answered ${status}.`)
    latencies.push(ackMs - dueMs)
    acks.push({ batch_id, ackMs })
  }
  const startedMs = nowMs()
  try {
    if (plan.rate === undefined) await closedLoop(clients, bodies, post)
    else
      await openLoop(
        clients,
        bodies,
        post,
        plan.rate / plan.requestEvents,
        randomStream(plan.seed, ARRIVALS_STREAM),
      )
    return { startedMs, endedMs: nowMs(), latenciesMs: Float64Array.from(latencies), acks }
  } finally {
    await Promise.all(clients.map((client) => client.destroy()))
  }
}

async function closedLoop(clients: Client[], bodies: Buffer[], post: Post): Promise<void> {
  let next = 0
  const work = async (client: Client) => {
    while (next < bodies.length) await post(client, bodies[next++] as Buffer, nowMs())
  }
  await Promise.all(clients.map(work))
}

/** Arrivals by chance (Poisson), as from senders that know nothing of each other. A late answer delays no later request. */
async function openLoop(
  clients: Client[],
  bodies: Buffer[],
  post: Post,
  requestsPerSecond: number,
  random: Random,
): Promise<void> {
  const idle = [...clients]
  const due: { body: Buffer; dueMs: number }[] = []
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  let answered = 0
  const pump = () => {
    while (due.length > 0 && idle.length > 0) {
      const { body, dueMs } = due.shift() as (typeof due)[number]
      const client = idle.pop() as Client
      post(client, body, dueMs).then(() => {
        answered++
        idle.push(client)
        pump()
      }, failed.reject)
    }
  }
  let dueMs = nowMs()
  for (const body of bodies) {
    dueMs += random.exponential(1000 / requestsPerSecond)
    while (nowMs() < dueMs) await Promise.race([wait(TICK_MS), failed.promise])
    due.push({ body, dueMs })
    pump()
  }
  while (answered < bodies.length) await Promise.race([wait(TICK_MS), failed.promise])
}

function answerOf(
  client: Client,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<{ status: number; batch_id: string }> {
  return new Promise((resolve, reject) => {
    let answer = { status: 0, batch_id: '' }
    client.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, answered) {
          answer = { status, batch_id: String(answered['playtrace-batch-id'] ?? '') }
        },
        onResponseData() {},
        onResponseEnd: () => resolve(answer),
        onResponseError: (_controller, error) => reject(error),
      },
    )
  })
}

/** Since 1970, finer than a millisecond. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
