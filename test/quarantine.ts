// The API, a worker and a real database in one process: what is rejected goes the whole way into quarantine.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { v7 as uuidV7 } from 'uuid'
import type { AppParts } from '../src/api/app.ts'
import { groupRequests } from '../src/api/events/group-requests.ts'
import type { ReplayAnswer } from '../src/contract/quarantine.ts'
import type { EventBatch } from '../src/ingest/event-batch.ts'
import type { Outcome } from '../src/queue/event-queue.ts'
import type { Database } from '../src/storage/postgres/database.ts'
import { readRejectionGroups, rejectionsToReplay } from '../src/storage/quarantine/rejection-groups.ts'
import { readRejection, readRejections } from '../src/storage/quarantine/rejections.ts'
import { storeBatch } from '../src/worker/store-batch.ts'
import { batchWriter } from './batch-writer.ts'
import { memoryQueue } from './memory-queue.ts'
import { onEnd } from './on-end.ts'
import { openFreshDatabase } from './stores.ts'
import { DEMO, openTestApp, postEvents, type TestApp } from './test-app.ts'
import { until } from './until.ts'

export interface Quarantine {
  api: TestApp
  database: Database
  send(...events: object[]): Promise<void>
  get<T>(path?: string): Promise<T>
  replay(body: object): Promise<ReplayAnswer>
  events(): Promise<Record<string, unknown>[]>
  /** What the worker was given so far. */
  batches: EventBatch[]
  /** Resolves when the queue is empty. */
  stored(): Promise<void>
  /** As the worker does. */
  store(batch: EventBatch): Promise<Outcome>
}

export async function openQuarantine(t: TestContext, parts: Partial<AppParts> = {}): Promise<Quarantine> {
  const { database } = await openFreshDatabase(t)
  const queue = memoryQueue(1)
  const draining = new AbortController().signal
  const context = { write: batchWriter(database), onWritten() {}, onError() {}, draining }
  const store = (batch: EventBatch) => storeBatch(batch, context)
  const batches: EventBatch[] = []
  const consumer = queue.consume((batch) => {
    batches.push(batch)
    return store(batch)
  }, 2)
  const api = await openTestApp({
    enqueue: groupRequests(queue.enqueue, uuidV7),
    readRejections: (...asked) => readRejections(database, ...asked),
    readRejectionGroups: (...asked) => readRejectionGroups(database, ...asked),
    readRejection: (...asked) => readRejection(database, ...asked),
    rejectionsToReplay: (...asked) => rejectionsToReplay(database, ...asked),
    ...parts,
  })
  onEnd(t, async () => {
    await api.close()
    await consumer.stop()
  })
  async function stored() {
    await until(async () => {
      const { waiting, active, dead_letters } = await queue.counts()
      assert.equal(dead_letters, 0)
      return waiting + active === 0
    })
  }
  return {
    api,
    database,
    async send(...events) {
      await postEvents(api, events)
      await stored()
    },
    async get(path = '') {
      const answer = await askRejections(api, path)
      assert.equal(answer.statusCode, 200, answer.body)
      return answer.json()
    },
    async replay(body) {
      const answer = await askRejections(api, '/replay', body)
      assert.equal(answer.statusCode, 200, answer.body)
      await stored()
      return answer.json()
    },
    async events() {
      const { rows } = await database.query(
        'select event_id, name, player_id, properties::text, occurred_at from playtrace.events order by name, event_id',
      )
      return rows
    },
    batches,
    stored,
    store,
  }
}

export function askRejections({ app }: TestApp, path: string, body?: object, key = DEMO.admin) {
  const headers = { authorization: `Bearer ${key}` }
  const url = `/v1/games/demo/rejections${path}`
  return app.inject(body ? { method: 'POST', url, headers, payload: body } : { url, headers })
}
