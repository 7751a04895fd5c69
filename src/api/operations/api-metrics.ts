// The metrics of the API for Prometheus. The queue's metrics are read when Prometheus asks for them.
import { Counter, Gauge, type GaugeConfiguration, Histogram, type Registry } from 'prom-client'
import type { Rejection } from '../../contract/rejection.ts'
import type { StorableEvent } from '../../ingest/event-batch.ts'
import type { QueueInspector } from '../../queue/queue-inspector.ts'
import type { Overload, ShedReason } from '../admission/overload.ts'

export type ApiMetrics = ReturnType<typeof apiMetrics>

type QueueState = Pick<QueueInspector, 'counts' | 'oldest'>
type ReportError = (error: Error) => void

export function apiMetrics(registry: Registry, queue: QueueState, reportError: ReportError) {
  const registers = [registry]
  const counter = <Label extends string>(name: string, labelNames: Label[], help: string) =>
    new Counter({ name, labelNames, help, registers })
  const accepted = counter('playtrace_events_accepted_total', ['game'], 'Accepted events.')
  const rejected = counter('playtrace_events_rejected_total', ['game', 'reason'], 'Rejected events.')
  const mismatches = counter(
    'playtrace_standard_event_mismatches_total',
    // The names and paths come from the schemas of the standard events, so they are few.
    ['game', 'name', 'path'],
    'Accepted standard events with a property that docs/events.md does not allow, by the first such property.',
  )
  const notKept = counter(
    'playtrace_rejected_events_not_kept_total',
    ['game'],
    'Rejected events that were not kept in quarantine, because too many arrived in a minute.',
  )
  const shed = counter(
    'playtrace_requests_shed_total',
    ['reason'],
    'Requests refused with 503 because the system or this process was overloaded.',
  )
  const seconds = new Histogram({
    name: 'playtrace_enqueue_seconds',
    help: 'Time until the events of a request are on disk in the queue.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10],
    registers,
  })
  addQueueGauges(registry, queue, reportError)
  return {
    countAnswer(game: string, count: number, rejections: Rejection[]): void {
      accepted.inc({ game }, count)
      for (const { reason } of rejections) rejected.inc({ game, reason })
    },
    countMismatches(game: string, events: StorableEvent[]): void {
      for (const { name, mismatch: path } of events) if (path) mismatches.inc({ game, name, path })
    },
    countNotKept: (game: string, events: number): void => notKept.inc({ game }, events),
    countShed: (reason: ShedReason): void => shed.inc({ reason }),
    async timeEnqueue<T>(enqueued: Promise<T>): Promise<T> {
      const end = seconds.startTimer()
      try {
        return await enqueued
      } finally {
        end()
      }
    },
  }
}

/** Every process reads the same queue, so the metric of all processes is the greatest value and not the sum. */
function addQueueGauges(registry: Registry, queue: QueueState, reportError: ReportError): void {
  const add = (
    config: Pick<GaugeConfiguration<string>, 'name' | 'help' | 'labelNames'>,
    set: (gauge: Gauge) => Promise<void>,
  ) =>
    new Gauge({
      ...config,
      aggregator: 'max',
      registers: [registry],
      async collect() {
        try {
          await set(this)
        } catch (error) {
          this.reset() // No value is better than an old one.
          reportError(error as Error)
        }
      },
    })
  add(
    {
      name: 'playtrace_batches',
      help: 'Batches in the queue by state. A dead letter waits until an operator retries it.',
      labelNames: ['state'],
    },
    async (gauge) => {
      for (const [state, count] of Object.entries(await queue.counts())) gauge.set({ state }, count)
    },
  )
  add(
    {
      name: 'playtrace_oldest_unprocessed_seconds',
      help: 'The age of the oldest batch that is not stored: waiting, active or delayed.',
    },
    async (gauge) => {
      const enqueuedMs = Object.values(await queue.oldest()).map((batch) => batch?.enqueued_at.getTime())
      gauge.set(Math.max(...enqueuedMs.map((ms) => (ms === undefined ? 0 : (Date.now() - ms) / 1000))))
    },
  )
}

/** The last values of {@link Overload}. Every process reads the same, so the metric is the greatest or the least value. */
export function addLoadGauges(registry: Registry, overload: Pick<Overload, 'figures'>): void {
  const figures = [
    ['playtrace_backlog_bytes', 'Bytes in the queue. On Redis: all its memory.', 'max', 'backlogBytes'],
    ['playtrace_disk_free_bytes', 'Free bytes on the disk of the data folder.', 'min', 'diskFreeBytes'],
  ] as const
  for (const [name, help, aggregator, figure] of figures) {
    new Gauge({
      name,
      help,
      aggregator,
      registers: [registry],
      collect() {
        const value = overload.figures()[figure]
        if (value === undefined) this.reset()
        else this.set(value)
      },
    })
  }
}
