// Figures of several processes as one: under `playtrace start` every child counts for itself, a scrape reaches any one
// of them, and that one asks the parent, which adds up what all of them counted. One that hangs is left out, and counted:
// it is then that the figures are looked at.
import cluster, { type Worker as Child } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { on } from 'node:events'
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** What one process counted, as prom-client hands it from process to process. */
type Figures = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** All the same `id` for one scrape: child → parent → every child → parent → child. */
type Message =
  | { type: 'playtrace:metrics_wanted'; id: string }
  | { type: 'playtrace:metrics_request'; id: string }
  | { type: 'playtrace:metrics_answer'; id: string; figures: Figures }
  | { type: 'playtrace:metrics_text'; id: string; text: string }

/** A child that works answers at once; Prometheus waits for 10 s. */
const CHILD_ANSWER_MS_MAX = 3_000
const PARENT_ANSWER_MS_MAX = 6_000

export function openRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  if (cluster.isWorker) {
    process.on('message', async (message: Message) => {
      if (message?.type !== 'playtrace:metrics_request') return
      send(process, {
        type: 'playtrace:metrics_answer',
        id: message.id,
        figures: await registry.getMetricsAsJSON(),
      })
    })
  }
  return registry
}

/** In the parent: answers children that are asked for the figures of all. */
export function answerMetricsRequests(): void {
  cluster.on('message', async (child, message: Message) => {
    if (message?.type !== 'playtrace:metrics_wanted') return
    const text = await addUp(await askChildren(message.id))
    if (child.isConnected()) send(child, { type: 'playtrace:metrics_text', id: message.id, text })
  })
}

/** The figures to show: of this process, or of all children where this is one. */
export function metricsText(registry: Registry): Promise<string> {
  return cluster.isWorker ? askParent() : registry.metrics()
}

async function askChildren(id: string): Promise<(Figures | undefined)[]> {
  const children = Object.values(cluster.workers ?? {}).filter((child) => child?.isConnected() === true)
  return Promise.all((children as Child[]).map((child) => askChild(child, id)))
}

async function askChild(child: Child, id: string): Promise<Figures | undefined> {
  send(child, { type: 'playtrace:metrics_request', id })
  const answer = await answerFrom(child, 'playtrace:metrics_answer', id, CHILD_ANSWER_MS_MAX)
  return answer?.figures
}

async function addUp(answers: (Figures | undefined)[]): Promise<string> {
  const figures = answers.filter((one) => one !== undefined)
  const own = new Registry()
  new Gauge({
    name: 'playtrace_silent_processes',
    help: 'API and worker processes that did not answer when asked for these figures: theirs are missing.',
    registers: [own],
  }).set(answers.length - figures.length)
  return AggregatorRegistry.aggregate([...figures, await own.getMetricsAsJSON()]).metrics()
}

async function askParent(): Promise<string> {
  const id = randomUUID()
  send(process, { type: 'playtrace:metrics_wanted', id })
  const answer = await answerFrom(process, 'playtrace:metrics_text', id, PARENT_ANSWER_MS_MAX)
  if (!answer) throw new Error('The parent process does not answer.')
  return answer.text
}

/** Whoever dies meanwhile gives no answer; unheard, that it cannot be written to would end this process too. */
function send(to: Child | NodeJS.Process, message: Message): void {
  to.send?.(message, undefined, undefined, () => {})
}

/** Undefined where there is none in time. */
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
