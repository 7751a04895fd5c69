// The last step of an event's way: a batch becomes rows, in one transaction, each event once.

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { EventBatch, StorableEvent } from '../ingest/event-batch.ts'
import { recordBatch } from './batches.ts'
import { copyRow } from './copy-format.ts'
import type { Database } from './database.ts'
import { ensurePartition, monthOf } from './partitions.ts'
import { markReplayed, quarantineEvents } from './rejections.ts'
import { StorageError } from './storage-error.ts'
import { inTransaction } from './transaction.ts'
import { countUnkept } from './unkept-rejections.ts'

export interface WriteResult {
  stored: number
  /** Events that were there already. */
  repeated: number
}

export type WriteBatch = (batch: EventBatch) => Promise<WriteResult>

/**
 * The batch's events, rejections and counts are on disk when this resolves, and none of them when it throws.
 * @throws StorageError saying whether the database is away, refuses the data, or failed for another reason
 */
export function batchWriter(database: Database): WriteBatch {
  const monthsMade = new Set<string>()
  return async (batch) => {
    try {
      await makePartitions(database, batch.events, monthsMade)
      return await inTransaction(database, (client) => write(client, batch))
    } catch (cause) {
      monthsMade.clear() // one of them may have been dropped meanwhile
      throw new StorageError(cause as Error)
    }
  }
}

/** Apart from the rows' transaction, which would hold the lock until its end. */
async function makePartitions(database: Database, events: StorableEvent[], made: Set<string>): Promise<void> {
  const months = new Set(events.map(({ occurred_at }) => monthOf(occurred_at)))
  for (const month of months) {
    if (!month || made.has(month)) continue
    await ensurePartition(database, month)
    made.add(month)
  }
}

async function write(
  client: PoolClient,
  { batch_id, events, quarantined, unkept }: EventBatch,
): Promise<WriteResult> {
  const rejected = await quarantineEvents(client, batch_id, quarantined)
  const stored = events.length === 0 ? 0 : await storeEvents(client, batch_id, events)
  const repeated = events.length - stored
  await markReplayed(client, events)
  await recordBatch(client, batch_id, { events: stored, rejected, repeated })
  await countUnkept(client, batch_id, unkept)
  return { stored, repeated }
}

async function storeEvents(client: PoolClient, batchId: string, events: StorableEvent[]): Promise<number> {
  await stageEvents(client, batchId, events)
  if (events.some(({ dated }) => !dated)) await dropRepeatedUndated(client)
  return storeStaged(client)
}

const COLUMNS = `occurred_at, received_at, corrected_at, sent_at, event_id, batch_id, game_id, clock_suspect,
  name, player_id, session_id, app_version, platform, properties`

/** COPY cannot skip what is there already, so it goes to a table of this connection's own first. */
async function stageEvents(client: PoolClient, batchId: string, events: StorableEvent[]): Promise<void> {
  await client.query(`create temporary table if not exists staged_events (like playtrace.events, dated boolean not null)
    on commit delete rows`)
  let rows = ''
  for (const event of events) rows += stagedRow(batchId, event)
  await pipeline(
    Readable.from([rows]),
    client.query(copyFrom(`copy staged_events (${COLUMNS}, dated) from stdin`)),
  )
}

function stagedRow(batchId: string, event: StorableEvent): string {
  return copyRow([
    event.occurred_at,
    event.received_at,
    event.corrected_at,
    event.sent_at,
    event.event_id,
    batchId,
    event.game_id,
    event.clock_suspect,
    event.name,
    event.player_id,
    event.session_id,
    event.app_version,
    event.platform,
    event.properties,
    event.dated,
  ])
}

/** The mark that an undated event was seen commits with its row; a staged row without a fresh mark is a repeat. */
async function dropRepeatedUndated(client: PoolClient): Promise<void> {
  await client.query(`
    with marked as (
      insert into playtrace.undated_events (game_id, event_id, received_at)
      select distinct on (game_id, event_id) game_id, event_id, received_at
      from staged_events where not dated
      order by game_id, event_id, received_at
      on conflict do nothing
      returning game_id, event_id, received_at
    )
    delete from staged_events
    where not dated and (game_id, event_id, received_at) not in (select game_id, event_id, received_at from marked)`)
}

/** In the key's order: two batches with the same events would otherwise wait for each other. */
async function storeStaged(client: PoolClient): Promise<number> {
  const { rowCount } = await client.query(`
    insert into playtrace.events (${COLUMNS})
    select ${COLUMNS} from staged_events
    order by game_id, occurred_at, event_id
    on conflict do nothing`)
  return rowCount ?? 0
}
