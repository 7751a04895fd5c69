// Event ingestion as it is commonly built, and as tutorials show it: Fastify adds one BullMQ job an event, and a worker
// writes each with one INSERT. The last argument is the process's part: api or worker.
import { Queue, Worker } from 'bullmq'
import fastify from 'fastify'
import pg from 'pg'
import { ready } from '../child.ts'

const QUEUE = 'events'
/** Of 5 to 200 jobs at once, this number brought the most events through. */
const CONCURRENCY = 50
const COLUMNS = [
  'event_id',
  'name',
  'player_id',
  'session_id',
  'occurred_at',
  'app_version',
  'platform',
  'properties',
] as const
type GameEvent = Partial<Record<(typeof COLUMNS)[number], string | object>>

const text = (maxLength: number) => ({ type: 'string', maxLength })
const EVENT = {
  type: 'object',
  required: ['event_id', 'name', 'player_id', 'occurred_at'],
  properties: {
    event_id: { type: 'string', format: 'uuid' },
    name: text(100),
    player_id: text(128),
    session_id: text(128),
    occurred_at: { type: 'string', format: 'date-time' },
    app_version: text(64),
    platform: text(64),
    properties: { type: 'object' },
  },
}
const BODY = { type: 'object', required: ['events'], properties: { events: { type: 'array', items: EVENT } } }

async function api(redis: object, port: number): Promise<void> {
  const queue = new Queue<GameEvent>(QUEUE, {
    connection: redis,
    defaultJobOptions: { removeOnComplete: true },
  })
  const app = fastify()
  app.post<{ Body: { events: GameEvent[] } }>(
    '/events',
    { schema: { body: BODY } },
    async (request, reply) => {
      await Promise.all(request.body.events.map((event) => queue.add('event', event)))
      return reply.code(202).send({ accepted: request.body.events.length })
    },
  )
  await app.listen({ host: '127.0.0.1', port })
}

async function worker(redis: object, databaseUrl: string): Promise<void> {
  const database = new pg.Pool({ connectionString: databaseUrl, max: CONCURRENCY })
  await database.query(`
    create table events (
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
    create index on events (occurred_at);
    create index on events (player_id)`)
  const parameters = COLUMNS.map((_, index) => `$${index + 1}`)
  const insert = `insert into events (${COLUMNS}) values (${parameters}) on conflict do nothing`
  const consume = async ({ data }: { data: GameEvent }) => {
    await database.query(
      insert,
      COLUMNS.map((column) => data[column]),
    )
  }
  const connection = { ...redis, maxRetriesPerRequest: null }
  const work = new Worker<GameEvent>(QUEUE, consume, { connection, concurrency: CONCURRENCY })
  work.on('error', (error) => console.error(error))
  work.on('failed', (_job, error) => console.error(error))
  await work.waitUntilReady()
}

const [redisUrl = '', target = '', part] = process.argv.slice(2)
const redis = { host: '127.0.0.1', port: Number(new URL(redisUrl).port) }
if (part === 'api') await api(redis, Number(target))
else await worker(redis, target)
ready()
