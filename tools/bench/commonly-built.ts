// Event ingestion as it is commonly built, and as tutorials show it: Fastify puts each event on a BullMQ queue on Redis,
// and a worker writes each with an INSERT. An API process and a worker process: `node tools/bench/commonly-built.ts api|worker`.
import { Queue, Worker } from 'bullmq'
import fastify from 'fastify'
import pg from 'pg'
import { endWithParent } from './load/ask.ts'

interface GameEvent {
  event_id: string
  name: string
  player_id: string
  session_id?: string
  occurred_at: string
  app_version?: string
  platform?: string
  properties?: object
}

const QUEUE = 'events'

const EVENT = {
  type: 'object',
  required: ['event_id', 'name', 'player_id', 'occurred_at'],
  properties: {
    event_id: { type: 'string', format: 'uuid' },
    name: { type: 'string', maxLength: 100 },
    player_id: { type: 'string', maxLength: 128 },
    session_id: { type: 'string', maxLength: 128 },
    occurred_at: { type: 'string', format: 'date-time' },
    app_version: { type: 'string', maxLength: 64 },
    platform: { type: 'string', maxLength: 64 },
    properties: { type: 'object' },
  },
}
const EVENTS = {
  type: 'object',
  required: ['events'],
  properties: { events: { type: 'array', items: EVENT } },
}

async function api(redis: object, port: number): Promise<void> {
  const queue = new Queue<GameEvent>(QUEUE, {
    connection: redis,
    defaultJobOptions: { removeOnComplete: true },
  })
  const app = fastify()
  const add = (event: GameEvent) => queue.add('event', event)

  app.post<{ Body: GameEvent }>('/event', { schema: { body: EVENT } }, async (request, reply) => {
    await add(request.body)
    return reply.code(202).send({ accepted: 1 })
  })
  app.post<{ Body: { events: GameEvent[] } }>(
    '/events',
    { schema: { body: EVENTS } },
    async (request, reply) => {
      await Promise.all(request.body.events.map(add))
      return reply.code(202).send({ accepted: request.body.events.length })
    },
  )
  await app.listen({ host: '127.0.0.1', port })
}

async function worker(redis: object, databaseUrl: string, concurrency: number): Promise<void> {
  const database = new pg.Pool({ connectionString: databaseUrl, max: concurrency })
  await database.query(`
    create table if not exists events (
      event_id uuid primary key,
      name text not null,
      player_id text not null,
      session_id text,
      occurred_at timestamptz not null,
      app_version text,
      platform text,
      properties jsonb,
      created_at timestamptz not null default now()
    );
    create index if not exists events_occurred_at on events (occurred_at);
    create index if not exists events_player_id on events (player_id)`)
  const insert = `
    insert into events (event_id, name, player_id, session_id, occurred_at, app_version, platform, properties)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`
  const work = new Worker<GameEvent>(
    QUEUE,
    async ({ data: event }) => {
      const { event_id, name, player_id, session_id, occurred_at } = event
      const values = [event_id, name, player_id, session_id, occurred_at]
      await database.query(insert, [...values, event.app_version, event.platform, event.properties])
    },
    { connection: { ...redis, maxRetriesPerRequest: null }, concurrency },
  )
  work.on('error', (error) => console.error(error))
  work.on('failed', (_job, error) => console.error(error))
  await work.waitUntilReady()
}

const [role, redisPort, ...rest] = process.argv.slice(2)
const redis = { host: '127.0.0.1', port: Number(redisPort) }
if (role === 'api') await api(redis, Number(rest[0]))
else await worker(redis, String(rest[0]), Number(rest[1]))
process.send?.({ ready: true })
endWithParent()
