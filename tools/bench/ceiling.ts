// What PostgreSQL stores by itself, without HTTP, a queue or any code of the product: the rows that Playtrace is divided by.
// The tables and statements are those that Playtrace had when this was written. They do not follow it, so a slower product
// cannot lower its own ceiling.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.ts'
import { freshEvents } from './events.ts'

/** Of 500 to 5,000 events in a transaction, this number was the fastest. */
const BATCH_EVENTS = 5_000
const GAME_ID = 1

const COLUMNS = `occurred_at, received_at, corrected_at, sent_at, event_id, batch_id, game_id, clock_suspect,
  name, player_id, session_id, app_version, platform, properties, mismatch, write_id`

const CREATE_TABLES = `
  create table events (
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    corrected_at timestamptz not null,
    sent_at timestamptz,
    event_id uuid not null,
    batch_id uuid not null,
    game_id smallint not null,
    clock_suspect boolean not null,
    name text not null,
    player_id text not null,
    session_id text,
    app_version text,
    platform text,
    properties jsonb not null,
    mismatch text,
    write_id bigint,
    primary key (game_id, occurred_at, event_id)
  ) partition by range (occurred_at);
  create index on events (game_id, corrected_at desc, event_id desc);
  create index on events (game_id, player_id, corrected_at desc);
  create index on events using brin (session_id text_bloom_ops) with (autosummarize = on);
  create index on events (write_id) where write_id is not null;
  create table events_all partition of events for values from ('2015-01-01') to ('2050-01-01');
  create table bare as select * from events with no data;
  create temporary table staged_events (like events) on commit delete rows`

export interface Ceiling {
  pids: number[]
  /** Makes the rows of this many events. */
  prepare(seed: number, events: number): void
  /** COPY into a temporary table, then INSERT … ON CONFLICT DO NOTHING into the table with all indexes. */
  storeOnce(): Promise<void>
  /** One COPY into a table without indexes. */
  copy(): Promise<void>
  empty(): Promise<void>
  stop(): Promise<void>
}

/** On a PostgreSQL of its own, with the settings that Playtrace gives its own. */
export async function openCeiling(dataDir: string): Promise<Ceiling> {
  const server = await startEmbeddedPostgres({ dataDir, onExit: (error) => console.error(error) })
  const client = new pg.Client(server.url)
  await client.connect()
  await client.query(CREATE_TABLES)
  const copyInto = (table: string, batches: string[]) =>
    pipeline(Readable.from(batches), client.query(copyFrom(`copy ${table} (${COLUMNS}) from stdin`)))
  let texts: Iterator<string> | undefined
  let batches: string[] = []
  return {
    pids: [server.pid],
    prepare(seed, events) {
      texts ??= freshEvents(seed)
      batches = []
      for (let made = 0; made < events; made += BATCH_EVENTS) {
        batches.push(batchOf(texts, Math.min(BATCH_EVENTS, events - made), batches.length))
      }
    },
    async storeOnce() {
      for (const batch of batches) {
        await client.query('begin')
        await copyInto('staged_events', [batch])
        await client.query(`insert into events (${COLUMNS}) select ${COLUMNS} from staged_events
          order by game_id, occurred_at, event_id on conflict do nothing`)
        await client.query('commit')
      }
    },
    copy: () => copyInto('bare', batches),
    async empty() {
      await client.query('truncate events, bare')
      await client.query('vacuum (analyze)')
      await client.query('checkpoint')
    },
    async stop() {
      await client.end()
      await server.stop()
    },
  }
}

/** Rows in the text format of COPY. */
function batchOf(texts: Iterator<string>, events: number, writeId: number): string {
  const batchId = crypto.randomUUID()
  const now = new Date().toISOString()
  let rows = ''
  for (let event = 0; event < events; event++) {
    const { occurred_at, event_id, name, player_id, session_id, app_version, platform, properties } = JSON.parse(
      texts.next().value as string,
    )
    const row = [
      ...[occurred_at, now, occurred_at, now, event_id, batchId, GAME_ID, 'f', name, player_id, session_id],
      ...[app_version, platform, JSON.stringify(properties), '\0', writeId],
    ]
    rows += `${row.join('\t').replaceAll('\\', '\\\\').replace('\0', '\\N')}\n`
  }
  return rows
}
