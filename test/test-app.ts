// The real API with its parts in memory: two games' keys, the queue of one process, and reading functions that note
// what they were asked. Whatever a test hands in takes the place of a part.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { v7 as uuidV7 } from 'uuid'
import { type LastKeys, openKeyRing } from '../src/api/admission/key-ring.ts'
import type { SessionStore } from '../src/api/admission/sessions.ts'
import { type AppParts, buildApp } from '../src/api/app.ts'
import { groupRequests } from '../src/api/events/group-requests.ts'
import { apiMetrics } from '../src/api/operations/api-metrics.ts'
import { watchReadiness } from '../src/api/operations/readiness.ts'
import type { DownloadStore } from '../src/api/query/download.ts'
import type { Problem } from '../src/contract/answer.ts'
import { hashKey, type KeyKind, newKey } from '../src/contract/key.ts'
import type { EventBatch } from '../src/ingest/event-batch.ts'
import type { Key } from '../src/storage/games/games.ts'
import { BELIEVED } from './batches.ts'
import { memoryQueue } from './memory-queue.ts'

const keysOfGame = () => ({
  write: newKey('write'),
  admin: newKey('admin'),
  server: newKey('server'),
  read: newKey('read'),
})
export const DEMO = keysOfGame()
export const OTHER = keysOfGame()
/** Of both games. */
export const INSTALLATION_KEY = newKey('installation')
export const REVOKED_KEY = newKey('write')

/** What the keys table holds: the revoked key is not in force. */
export const KEYS: Key[] = [
  ...entriesOf(DEMO, 1, 'demo'),
  ...entriesOf(OTHER, 2, 'other'),
  {
    ...keyEntry(INSTALLATION_KEY, 'installation', 1, 'demo'),
    games: [
      { game_id: 1, game: 'demo', ...BELIEVED },
      { game_id: 2, game: 'other', ...BELIEVED },
    ],
  },
].map((key, index) => ({ ...key, key_no: index + 1 }))

function entriesOf(keys: typeof DEMO, game_id: number, game: string): Key[] {
  return Object.entries(keys).map(([kind, key]) => keyEntry(key, kind as KeyKind, game_id, game))
}

export function keyEntry(key: string, kind: KeyKind, game_id: number, game: string): Key {
  return { key_hash: hashKey(key), key_no: 1, kind, game_id, game, ...BELIEVED }
}

export const NO_LAST_KEYS: LastKeys = { read: async () => undefined, store: async () => {} }

export interface TestApp {
  app: FastifyInstance
  /** What the queue was given so far, in order. */
  batches: EventBatch[]
  /** What the log was given so far, one line each. */
  logLines: string[]
  /** What the reading functions were called with. */
  readCalls: unknown[][]
  registry: Registry
  close(): Promise<void>
}

const CONCURRENT_BATCHES_MAX = 100

export const NO_OVERLOAD: AppParts['overload'] = {
  shed: () => undefined,
  shedAll: () => undefined,
  shedGame: () => undefined,
}
export const NO_BUDGET = { bytes: 0, events: 0 }
const NO_LIMITS = {
  rateLimits: { perAddress: 0, perKey: 0 },
  budgets: { perAddress: NO_BUDGET, perGame: NO_BUDGET },
}

export async function openTestApp(parts: Partial<AppParts> = {}): Promise<TestApp> {
  const logLines: string[] = []
  const readCalls: unknown[][] = []
  const batches: EventBatch[] = []
  const registry = new Registry()
  const queue = memoryQueue(1)
  const consumer = queue.consume(async (batch) => {
    batches.push(batch)
    return { kind: 'done' }
  }, CONCURRENT_BATCHES_MAX)
  const fail = (error: Error) => {
    throw error
  }
  const keys = await openKeyRing(async () => KEYS, NO_LAST_KEYS, fail)
  const app = await buildApp({
    log: pino({ level: 'info' }, { write: (line) => logLines.push(line) }),
    version: '0.0.0',
    keys,
    enqueue: groupRequests((batch) => queue.enqueue(batch), uuidV7),
    metrics: apiMetrics(registry, queue, fail),
    now: Date.now,
    newId: (msecs) => uuidV7({ msecs }),
    ...readingParts(readCalls),
    reportReaders: reportReaderParts(readCalls),
    ...NO_LIMITS,
    ...linkParts,
    readWriteWindow: async () => ({ after: '0', until: '0', next_cursor: '' }),
    exportEvents: async () => (async function* () {})(),
    openTail: async () => async () => ({ stored: [], rejected: new Map() }),
    readQueue: async () => ({ waiting: 0, active: 0, oldest_seconds: null }),
    findBatches: queue.findBatches,
    findEvents: async () => ({ events: [], complete: true }),
    rejectionsOfEvent: async () => [],
    readRejectionGroups: async () => ({ groups: [], groups_left_out: 0, not_kept: 0 }),
    readRejection: async () => undefined,
    rejectionsToReplay: async () => ({ rejections: [], next_cursor: null }),
    overload: NO_OVERLOAD,
    readiness: watchReadiness([]),
    metricsText: () => registry.metrics(),
    dashboardDir: join(tmpdir(), 'no-dashboard-is-here'),
    ...parts,
  })
  return {
    app,
    batches,
    logLines,
    readCalls,
    registry,
    async close() {
      await app.close()
      await keys.close()
      await consumer.stop()
      await queue.close()
    },
  }
}

/** Sessions and download links. */
const linkParts: SessionStore & DownloadStore = {
  addSession: async () => {},
  readSession: async () => undefined,
  deleteSession: async () => {},
  addDownload: async () => '2026-11-26T10:01:00.000000Z',
  readDownload: async () => undefined,
  takeDownload: async () => false,
}

function readingParts(calls: unknown[][]): Pick<AppParts, 'readEvents' | 'readRejections' | 'readBatch'> {
  return {
    readBatch: async () => '{}',
    async readEvents(...call) {
      calls.push(call)
      return { events: ['{"properties":{"steam_id":76561197960287930123}}'], next_cursor: 'more' }
    },
    async readRejections(...call) {
      calls.push(call)
      return { rejections: [], next_cursor: null }
    },
  }
}

export function reportReaderParts(calls: unknown[][]): AppParts['reportReaders'] {
  const noting =
    (what: string) =>
    async (...call: unknown[]) => {
      calls.push([what, ...call])
      return '{"sum":76561197960287930123}'
    }
  return {
    overview: noting('overview'),
    timeseries: noting('timeseries'),
    retention: noting('retention'),
    levels: noting('levels'),
    funnel: noting('funnel'),
    funnelInRange: noting('funnelInRange'),
    revenue: noting('revenue'),
    resources: noting('resources'),
    dataQuality: noting('dataQuality'),
    properties: noting('properties'),
    player: noting('player'),
  }
}

/** A valid event, with some fields as given. */
export function anEvent(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: 'level_complete', player_id: 'p-1', ...fields }
}

/** POST /v1/events with demo's write key, as JSON unless the headers say otherwise; undefined takes a header away. */
export function postEvents(
  { app }: TestApp,
  body: string | Buffer | object,
  headers: Record<string, string | undefined> = {},
): Promise<LightMyRequestResponse> {
  const all = { authorization: `Bearer ${DEMO.write}`, 'content-type': 'application/json', ...headers }
  const given = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined)
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return app.inject({ method: 'POST', url: '/v1/events', headers: Object.fromEntries(given), payload })
}

/** Holds the answer to be an error as RFC 9457 has it, without a word about our insides. */
export function assertProblem(
  response: { statusCode: number; headers: Record<string, unknown>; body: string },
  status: number,
  code: string,
): Problem {
  const about = `${response.statusCode} ${response.body.slice(0, 300)}`
  assert.equal(response.statusCode, status, about)
  assert.match(String(response.headers['content-type']), /^application\/problem\+json/, about)
  const problem = JSON.parse(response.body) as Problem
  const { type, title, detail } = problem
  assert.deepEqual([problem.status, problem.code, type], [status, code, 'about:blank'], about)
  assert.ok(title.length > 0 && detail.length > 0 && detail.length < 1_000, about)
  assert.doesNotMatch(response.body, /node_modules|\.ts\b|select |playtrace\./i)
  return problem
}
