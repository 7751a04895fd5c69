// Figures of several processes as one: under `playtrace start` every child counts for itself, a scrape reaches any one
// of them, and that one asks the parent, which adds up what all of them counted.
import cluster from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client'

interface MetricsRequest {
  type: 'playtrace:metrics_request'
  id: string
}

interface MetricsResponse {
  type: 'playtrace:metrics_response'
  id: string
  text?: string
  error?: string
}

const ANSWER_MS_MAX = 6_000

export function openRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  if (cluster.isWorker) {
    new AggregatorRegistry() // has this process answer the parent
    AggregatorRegistry.setRegistries([registry])
  }
  return registry
}

/** In the parent: answers children that are asked for the figures of all. */
export function answerMetricsRequests(): void {
  const aggregator = new AggregatorRegistry()
  cluster.on('message', async (child, message: MetricsRequest) => {
    if (message?.type !== 'playtrace:metrics_request') return
    const answer = await aggregator.clusterMetrics().then(
      (text) => ({ text }),
      (error: Error) => ({ error: error.message }),
    )
    const response: MetricsResponse = { type: 'playtrace:metrics_response', id: message.id, ...answer }
    if (child.isConnected()) child.send(response)
  })
}

/** The figures to show: of this process, or of all children where this is one. */
export function metricsText(registry: Registry): Promise<string> {
  return cluster.isWorker ? askParent() : registry.metrics()
}

function askParent(): Promise<string> {
  const request: MetricsRequest = { type: 'playtrace:metrics_request', id: randomUUID() }
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const receive = (message: MetricsResponse) => {
    if (message?.type !== 'playtrace:metrics_response' || message.id !== request.id) return
    if (message.text === undefined) reject(new Error(message.error))
    else resolve(message.text)
  }
  const timer = setTimeout(() => reject(new Error('The parent process does not answer.')), ANSWER_MS_MAX)
  process.on('message', receive)
  process.send?.(request)
  return promise.finally(() => {
    clearTimeout(timer)
    process.off('message', receive)
  })
}
