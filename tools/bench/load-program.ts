// The load generator's process. It makes whole requests before the clock runs, then sends them over keep-alive connections.
import { type Connection, openConnection, requestBytes } from './client.ts'
import { freshEvents, historyEvents } from './events.ts'
import type { LoadPlan, LoadQuestion, LoadResult } from './load.ts'

const ACCEPTED = 202

let fresh: Iterator<string> | undefined
let history: Iterator<string> | undefined
let prepared: { plan: LoadPlan; requests: Buffer[] } | undefined

process.on('SIGINT', () => {}) // A Ctrl-C reaches the bench too, which closes the channel.
process.on('disconnect', () => process.exit())
process.on('message', async (question: LoadQuestion) => {
  try {
    process.send?.({ result: question.do === 'prepare' ? prepare(question.plan) : await send() })
  } catch (error) {
    process.send?.({ failed: (error as Error).message })
  }
})

/** @returns how many events were made */
function prepare(plan: LoadPlan): number {
  const requests: Buffer[] = []
  const url = new URL(plan.url)
  const headers = { 'content-type': 'application/json', ...plan.headers }
  const source = sourceOf(plan)
  let events = 0
  while (events < plan.events) {
    const texts = take(source, Math.min(plan.requestEvents, plan.events - events))
    if (texts.length === 0) break
    events += texts.length
    requests.push(requestBytes(url, headers, bodyOf(texts, plan)))
  }
  prepared = { plan, requests }
  return events
}

function sourceOf({ seed, history: wanted }: LoadPlan): Iterator<string> {
  if (!wanted) {
    fresh ??= freshEvents(seed)
    return fresh
  }
  history ??= historyEvents(seed, wanted.todayMs, wanted.events)
  return history
}

function take(source: Iterator<string>, count: number): string[] {
  const texts: string[] = []
  while (texts.length < count) {
    const { done, value } = source.next()
    if (done) break
    texts.push(value)
  }
  return texts
}

function bodyOf(texts: string[], { requestEvents }: LoadPlan): string {
  if (requestEvents === 1) return texts[0] as string
  return `{"sent_at":"${new Date().toISOString()}","events":[${texts.join(',')}]}`
}

/** Each connection sends its next request when it has the answer to the last one. */
async function send(): Promise<LoadResult> {
  if (!prepared) throw new Error('The load generator was asked to send before it was asked to prepare.')
  const { plan, requests } = prepared
  prepared = undefined
  const url = new URL(plan.url)
  const connections = await Promise.all(Array.from({ length: plan.connections }, () => openConnection(url)))
  const latenciesMs: number[] = []
  let next = 0
  const work = async (connection: Connection) => {
    while (next < requests.length) {
      const request = requests[next++] as Buffer
      const sentMs = performance.now()
      const status = await connection.send(request)
      if (status !== ACCEPTED) throw new Error(`${plan.url} answered ${status} instead of ${ACCEPTED}.`)
      latenciesMs.push(performance.now() - sentMs)
    }
  }
  const startedMs = Date.now()
  try {
    await Promise.all(connections.map(work))
    return { startedMs, latenciesMs: Float64Array.from(latenciesMs) }
  } finally {
    for (const connection of connections) connection.close()
  }
}
