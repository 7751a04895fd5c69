// The worker's Prometheus metrics.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { EventBatch } from '../ingest/event-batch.ts'
import type { WriteResult } from '../storage/events/write-events.ts'
import type { StorageErrorCode } from '../storage/postgres/storage-error.ts'

export interface WorkerMetrics {
  timeWrite<T>(write: () => Promise<T>): Promise<T>
  countWritten(batch: EventBatch, result: WriteResult): void
  countError(code: StorageErrorCode): void
}

export function workerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry]
  const stored = new Counter({ name: 'playtrace_events_stored_total', help: 'Events stored.', registers })
  const repeated = new Counter({
    name: 'playtrace_events_repeated_total',
    help: 'Events that were already stored.',
    registers,
  })
  const quarantined = new Counter({
    name: 'playtrace_events_quarantined_total',
    help: 'Rejected events put into quarantine.',
    registers,
  })
  const errors = new Counter({
    name: 'playtrace_write_errors_total',
    help: 'Failed writes. A failed batch is retried, split, or becomes a dead letter.',
    labelNames: ['code'],
    registers,
  })
  const seconds = new Histogram({
    name: 'playtrace_write_seconds',
    help: 'Time to write one batch, including failed writes.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  return {
    async timeWrite(write) {
      const end = seconds.startTimer()
      try {
        return await write()
      } finally {
        end()
      }
    },
    countWritten({ quarantined: rejections }, result) {
      stored.inc(result.stored)
      repeated.inc(result.repeated)
      quarantined.inc(rejections.length)
    },
    countError: (code) => errors.inc({ code }),
  }
}

/** Every worker reads the same table, so the largest value of all processes is the result. */
export function addRollupsGauge(
  registry: Registry,
  countUnrolledWrites: () => Promise<number>,
  reportError: (error: Error) => void,
): void {
  new Gauge({
    name: 'playtrace_unrolled_writes',
    help: 'Transactions whose events are stored but not yet in the rollups.',
    aggregator: 'max',
    registers: [registry],
    async collect() {
      try {
        this.set(await countUnrolledWrites())
      } catch (error) {
        this.reset() // no value is better than an old one
        reportError(error as Error)
      }
    },
  })
}
