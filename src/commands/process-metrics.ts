// The metrics of all processes of `playtrace start` in one scrape. A scrape reaches one child. The child asks the parent,
// which asks every child and adds up the answers. A process that hangs is left out and counted, because a scrape must
// work when something is wrong.
import cluster, { type Worker as Child } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { on } from 'node:events'
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** The metrics of one process, in the form that prom-client passes between processes. */
type ProcessMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** The messages of one scrape share an `id`. Their order is child → parent → every child → parent → child. */
type Message =
  | { type: 'playtrace:metrics_wanted'; id: string }
  | { type: 'playtrace:metrics_request'; id: string }
  | { type: 'playtrace:metrics_answer'; id: string; metrics: ProcessMetrics }
  | { type: 'playtrace:metrics_text'; id: string; text: string }

/** A working child answers immediately. Both limits together stay below the 10 s that Prometheus waits. */
const CHILD_ANSWER_MS_MAX = 3_000
const PARENT_ANSWER_MS_MAX = 6_000

export function openRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  if (cluster.isWorker) {
    process.on('message', async (message: Message) => {
      if (message?.type !== 'playtrace:metrics_request') return
      const metrics = await registry.getMetricsAsJSON()
      send(process, { type: 'playtrace:metrics_answer', id: message.id, metrics })
    })
  }
  return registry
}

/** Runs in the parent: answers each child that asks for the metrics of all processes. */
export function answerMetricsRequests(): void {
  cluster.on('message', async (child, message: Message) => {
    if (message?.type !== 'playtrace:metrics_wanted') return
    const { id } = message
    const children = Object.values(cluster.workers ?? {}).filter((one) => one?.isConnected() === true)
    const text = await addUp(await Promise.all((children as Child[]).map((one) => askChild(one, id))))
    if (child.isConnected()) send(child, { type: 'playtrace:metrics_text', id, text })
  })
}

/** The metrics of this process alone, or of all processes if this is a child of `start`. */
export async function metricsText(registry: Registry): Promise<string> {
  if (!cluster.isWorker) return registry.metrics()
  const id = randomUUID()
  send(process, { type: 'playtrace:metrics_wanted', id })
  const answer = await answerFrom(process, 'playtrace:metrics_text', id, PARENT_ANSWER_MS_MAX)
  if (!answer) throw new Error(`The parent process did not answer within ${PARENT_ANSWER_MS_MAX} ms.`)
  return answer.text
}

async function askChild(child: Child, id: string): Promise<ProcessMetrics | undefined> {
  send(child, { type: 'playtrace:metrics_request', id })
  return (await answerFrom(child, 'playtrace:metrics_answer', id, CHILD_ANSWER_MS_MAX))?.metrics
}

async function addUp(answers: (ProcessMetrics | undefined)[]): Promise<string> {
  const answered = answers.filter((one) => one !== undefined)
  const own = new Registry()
  new Gauge({
    name: 'playtrace_silent_processes',
    help: 'API and worker processes that did not answer this scrape. Their metrics are missing.',
    registers: [own],
  }).set(answers.length - answered.length)
  return AggregatorRegistry.aggregate([...answered, await own.getMetricsAsJSON()]).metrics()
}

/** The empty callback is needed: without it, the error of sending to a process that has ended would end this process too. */
function send(to: Child | NodeJS.Process, message: Message): void {
  to.send?.(message, undefined, undefined, () => {})
}

/** @returns undefined if there is no answer in time */
async function answerFrom<Type extends Message['type']>(
  from: Child | NodeJS.Process,
  type: Type,
  id: string,
  timeoutMs: number,
): Promise<Extract<Message, { type: Type }> | undefined> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    for await (const [message] of on(from, 'message', { signal }) as AsyncIterable<[Message]>) {
      if (message?.type === type && message.id === id) return message as Extract<Message, { type: Type }>
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return undefined
}
