// The rows beside Playtrace: what is commonly built on the same parts, and what Fastify does with requests alone.
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../test/redis-server.ts'
import { dismiss } from '../load/ask.ts'
import { startCommonlyBuilt } from '../system/commonly-built.ts'
import { startChild } from '../system/start-child.ts'
import type { Target } from '../system/target.ts'
import { measured, type Requests } from './measured.ts'
import type { Row } from './row.ts'

const FASTIFY_ONLY = fileURLToPath(new URL('../fastify-only.ts', import.meta.url))
const CONCURRENCIES: [number, ...number[]] = [5, 10, 20, 50, 100, 200]
/** More connections brought no more through. */
export const FASTIFY_REQUESTS: Requests = { requestEvents: 1, gzip: false, connections: 64, steady: false }
const BUILT_BY_1 = FASTIFY_REQUESTS
const BUILT_BY_50: Requests = { requestEvents: 50, gzip: false, connections: 16, steady: false }
const BUILT_EVENTS = 15_000
const FASTIFY_EVENTS = 60_000

export const FASTIFY_ROW: Row = {
  id: 'fastify',
  title: 'Fastify only: 1',
  events: FASTIFY_EVENTS,
  run: (context) => measured(context, FASTIFY_REQUESTS, startFastifyOnly),
}

export async function startFastifyOnly(): Promise<Target> {
  const port = await freePort()
  const child = await startChild(FASTIFY_ONLY, [port])
  return {
    url: `http://127.0.0.1:${port}/event`,
    headers: {},
    pids: { api: [child.pid as number], worker: [], database: [], redis: [] },
    storage: undefined,
    queueBytes: undefined,
    close: () => dismiss(child),
  }
}

export const BUILT_ROWS: Row[] = [
  built('built-1', BUILT_BY_1, 'everysec'),
  built('built-50', BUILT_BY_50, 'everysec'),
  built('built-always-1', BUILT_BY_1, 'always'),
  built('built-always-50', BUILT_BY_50, 'always'),
]

function built(id: string, requests: Requests, appendfsync: 'always' | 'everysec'): Row {
  const { requestEvents } = requests
  return {
    id,
    title: `as commonly built, ${appendfsync}: ${requestEvents}`,
    events: BUILT_EVENTS,
    choices: { of: 'jobs in hand at once', values: CONCURRENCIES },
    run: (context, concurrency) =>
      measured(context, requests, () =>
        startCommonlyBuilt({ dataDir: context.dataDir, appendfsync, concurrency, requestEvents }),
      ),
  }
}
