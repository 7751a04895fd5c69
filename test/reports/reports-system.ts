// The reports' routes on a database that was filled the real way: events are written by the worker's writer, out of order
// and some of them again, and folded; and the definitions of docs/reports.md, to be run beside them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { QuarantinedEvent, StorableEvent } from '../../src/ingest/event-batch.ts'
import { randomStream } from '../../src/simulation/random.ts'
import type { Database } from '../../src/storage/postgres/database.ts'
import { reportReaders } from '../../src/storage/reports/report-readers.ts'
import { foldWrites } from '../../src/storage/rollups/fold-writes.ts'
import { batchWriter } from '../batch-writer.ts'
import { batchOf } from '../batches.ts'
import { openFreshDatabase } from '../stores.ts'
import { DEMO, openTestApp } from '../test-app.ts'

const BATCH_EVENTS = 150
const ORDER_STREAM = 2

interface ReportsSystem {
  database: Database
  /** Stores and folds. */
  store(events: StorableEvent[], quarantined?: QuarantinedEvent[]): Promise<void>
  /** The body of the answer, which is 200, as text. */
  get(path: string): Promise<string>
}

export async function openReports(t: TestContext, nowMs: number): Promise<ReportsSystem> {
  const { database } = await openFreshDatabase(t)
  const api = await openTestApp({ reportReaders: reportReaders(database), now: () => nowMs })
  t.after(() => api.close())
  const write = batchWriter(database)
  return {
    database,
    async store(events, quarantined) {
      await write(batchOf(events, quarantined))
      while ((await foldWrites(database)).more);
    },
    async get(path) {
      const response = await api.app.inject({
        url: `/v1/games/demo/${path}`,
        headers: { authorization: `Bearer ${DEMO.admin}` },
      })
      assert.equal(response.statusCode, 200, `${path}: ${response.body}`)
      return response.body
    },
  }
}

/** In batches, in another order than that of time, each batch with some events of those before it. */
export async function storeOutOfOrder(system: ReportsSystem, events: StorableEvent[]): Promise<void> {
  const random = randomStream(events.length, ORDER_STREAM)
  const shuffled = events
    .map((event) => ({ event, at: random.fraction() }))
    .sort((one, other) => one.at - other.at)
    .map(({ event }) => event)
  for (let at = 0; at < shuffled.length; at += BATCH_EVENTS) {
    const again = shuffled.slice(0, at).filter(() => random.chance(0.02))
    await system.store([...shuffled.slice(at, at + BATCH_EVENTS), ...again])
  }
}

export type Values = Record<string, string | number>

/** The statements of docs/reports.md by their first line, a comment. */
export function readDefinitions(): Map<string, string> {
  const page = readFileSync(new URL('../../docs/reports.md', import.meta.url), 'utf8')
  return new Map(
    [...page.matchAll(/```sql\n-- (.+)\n([^`]+)```/g)].map(([, title = '', statement = '']) => [title, statement]),
  )
}

/** As a reader would: each `:name` replaced by its value. */
export async function runDefinition(database: Database, statement: string, values: Values): Promise<unknown[]> {
  const filled = statement.replaceAll(/(?<!:):([a-z_0-9]+)\b/g, (_, name: string) => {
    const value = values[name] ?? assert.fail(`:${name} has no value`)
    if (typeof value === 'number') return String(value)
    return /^\d{4}-\d\d-\d\d$/.test(value) ? `date '${value}'` : `'${value}'::text`
  })
  const { rows } = await database.query<{ row: unknown }>(`select to_jsonb(rows) as row from (${filled}) as rows`)
  return rows.map(({ row }) => row)
}
