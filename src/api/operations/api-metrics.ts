// What the API counts, for Prometheus, and the queue's state as it is when someone looks.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Rejection } from '../../contract/rejection.ts'
import type { StorableEvent } from '../../ingest/event-batch.ts'
import type { QueueInspector } from '../../queue/queue-inspector.ts'
import type { Overload, ShedReason } from '../admission/overload.ts'

export interface ApiMetrics {
  countAnswer(game: string, accepted: number, rejected: Rejection[]): void
  countMismatches(game: string, accepted: StorableEvent[]): void
  countNotKept(game: string, events: number): void
  countShed(reason: ShedReason): void
  timeEnqueue<T>(enqueued: Promise<T>): Promise<T>
}

export function apiMetrics(
  registry: Registry,
  queue: Pick<QueueInspector, 'counts' | 'oldest'>,
  reportError: (error: Error) => void,
): ApiMetrics {
  const registers = [registry]
  const counter = <Label extends string>(name: string, labelNames: Label[], help: string) =>
    new Counter({ name, labelNames, help, registers })
  const accepted = counter('playtrace_events_accepted_total', ['game'], 'Events answered as accepted.')
  const rejected = counter(
    'playtrace_events_rejected_total',
    ['game', 'reason'],
    'Events answered as rejected.',
  )
  const mismatches = counter(
    'playtrace_standard_event_mismatches_total',
    // The names and paths come from the schemas of the standard events, so they are few.
    ['game', 'name', 'path'],
    'Accepted standard events whose properties are not what docs/events.md says, by the first that does not fit.',
  )
  const notKept = counter(
    'playtrace_rejected_events_not_kept_total',
    ['game'],
    'Rejected events that were not kept in quarantine, because more arrived than are kept in a minute.',
  )
  const shed = counter(
    'playtrace_requests_shed_total',
    ['reason'],
    'Requests refused with 503 because the system, or this process, had too much already.',
  )
  const seconds = new Histogram({
    name: 'playtrace_enqueue_seconds',
    help: 'Time until a request’s events are on disk in the queue.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10],
    registers,
  })
  addQueueGauges(registry, queue, reportError)
  return {
    countAnswer(game, count, rejections) {
      accepted.inc({ game }, count)
      for (const { reason } of rejections) rejected.inc({ game, reason })
    },
    countMismatches(game, events) {
      for (const { name, mismatch: path } of events) if (path) mismatches.inc({ game, name, path })
    },
    countNotKept: (game, events) => notKept.inc({ game }, events),
    countShed: (reason) => shed.inc({ reason }),
    async timeEnqueue(enqueued) {
      const end = seconds.startTimer()
      try {
        return await enqueued
      } finally {
        end()
      }
    },
  }
}

function addQueueGauges(
  registry: Registry,
  queue: Pick<QueueInspector, 'counts' | 'oldest'>,
  reportError: (error: Error) => void,
): void {
  new Gauge({
    name: 'playtrace_batches',
    help: 'Batches in the queue by state; a dead letter waits for someone to retry it.',
    labelNames: ['state'],
    // Every process sees the one queue: added up over processes it would be counted several times.
    aggregator: 'max',
    registers: [registry],
    async collect() {
      try {
        for (const [state, count] of Object.entries(await queue.counts())) this.set({ state }, count)
      } catch (error) {
        this.reset() // no figure is better than an old one
        reportError(error as Error)
      }
    },
  })
  new Gauge({
    name: 'playtrace_oldest_unprocessed_seconds',
    help: 'How long ago the oldest batch that is not stored yet was enqueued: waiting, in hand, or between two attempts.',
    aggregator: 'max',
    registers: [registry],
    async collect() {
      try {
        const ages = Object.values(await queue.oldest()).map((batch) =>
          batch ? (Date.now() - batch.enqueued_at.getTime()) / 1000 : 0,
        )
        this.set(Math.max(...ages))
      } catch (error) {
        this.reset()
        reportError(error as Error)
      }
    },
  })
}

/** What the watch saw last: every process sees the same, so that the greatest, and the least, of them is the figure. */
export function addLoadGauges(registry: Registry, overload: Pick<Overload, 'figures'>): void {
  const figures = [
    [
      'playtrace_backlog_bytes',
      'Bytes in the queue; on Redis all memory that it uses.',
      'max',
      'backlogBytes',
    ],
    ['playtrace_disk_free_bytes', 'Free on the disk of the embedded database.', 'min', 'diskFreeBytes'],
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
