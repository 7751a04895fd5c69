// The ceiling's own process: the same events as rows, by one client, without HTTP and without a queue.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { v7 as uuidV7 } from 'uuid'
import { acceptEvents } from '../../src/ingest/accept-events.ts'
import type { StorableEvent } from '../../src/ingest/event-batch.ts'
import { STAGED_COLUMNS, stagedRow } from '../../src/storage/events/write-events.ts'
import { openDatabase } from '../../src/storage/postgres/database.ts'
import { batchWriter } from '../../test/batch-writer.ts'
import { answerQuestions } from '../load/ask.ts'
import { openEventSource } from '../load/event-source.ts'
import type { DataKind } from '../load/plan.ts'

export interface CeilingPlan {
  /** `dedupe`: into the real table, each event once; `bare`: into a table with nothing to it. */
  kind: 'dedupe' | 'bare'
  databaseUrl: string
  data: DataKind
  seed: number
  events: number
  batchEvents: number
}

export type CeilingCommand = { do: 'prepare'; plan: CeilingPlan } | { do: 'write' }

const GAME_ID = 1
const BARE_TABLE = 'playtrace.bench_bare'

interface Prepared {
  write(): Promise<void>
  close(): Promise<void>
}

let prepared: Prepared | undefined

answerQuestions<CeilingCommand>(async (command) => {
  if (command.do === 'prepare') {
    prepared = await prepare(command.plan)
    return {}
  }
  const startedMs = performance.now()
  await prepared?.write()
  const tookMs = performance.now() - startedMs
  await prepared?.close()
  return { tookMs }
})

function prepare(plan: CeilingPlan): Promise<Prepared> {
  const batches = batchesOf(plan)
  return plan.kind === 'bare' ? prepareBare(plan, batches) : prepareDedupe(plan, batches)
}

function batchesOf({ data, seed, events, batchEvents }: CeilingPlan): StorableEvent[][] {
  const source = openEventSource(data, seed)
  const nowMs = Date.now()
  const context = { gameId: GAME_ID, keyFingerprint: null, receivedAtMs: nowMs, newId: uuidV7 }
  const storable: StorableEvent[] = []
  while (storable.length < events) {
    const text = source.next(nowMs)
    storable.push(...acceptEvents({ text, form: 'json' }, context).events)
  }
  const batches: StorableEvent[][] = []
  for (let at = 0; at < events; at += batchEvents) batches.push(storable.slice(at, at + batchEvents))
  return batches
}

async function prepareDedupe({ databaseUrl }: CeilingPlan, batches: StorableEvent[][]): Promise<Prepared> {
  const reportError = (error: Error) => console.error(error)
  const database = openDatabase(databaseUrl, { name: 'ceiling', connectionsMax: 1, reportError })
  const writeBatch = batchWriter(database)
  return {
    async write() {
      for (const events of batches)
        await writeBatch({ batch_id: uuidV7(), events, quarantined: [], not_kept: [] })
    },
    close: () => database.end(),
  }
}

/** Spelled out beforehand, so that PostgreSQL alone is timed. */
async function prepareBare({ databaseUrl }: CeilingPlan, batches: StorableEvent[][]): Promise<Prepared> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query(`drop table if exists ${BARE_TABLE}`)
  await client.query(
    `create table ${BARE_TABLE} as select ${STAGED_COLUMNS} from (select *, true as dated from playtrace.events) as events with no data`,
  )
  const texts = batches.map((events) => {
    const batchId = uuidV7()
    return Buffer.from(events.map((event) => stagedRow(batchId, event)).join(''))
  })
  return {
    write: () =>
      pipeline(
        Readable.from(texts),
        client.query(copyFrom(`copy ${BARE_TABLE} (${STAGED_COLUMNS}) from stdin`)),
      ),
    async close() {
      await client.query(`drop table ${BARE_TABLE}`)
      await client.end()
    },
  }
}
