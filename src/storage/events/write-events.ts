// Writes batches in one transaction and stores each event once. This is the last step of an event's path.

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { EventBatch, StorableEvent } from '../../ingest/event-batch.ts'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { markReplayed, quarantineEvents } from '../quarantine/rejections.ts'
import { countNotKept } from '../quarantine/rejections-not-kept.ts'
import { type Repeats, recordBatches, recordRepeats } from './batches.ts'
import { copyRow } from './copy-format.ts'

export interface WriteResult {
  stored: number
  /** Events that were already stored. */
  repeated: number
}

/** A batch, or a part of one that the database refused as a whole. */
export type WritableBatch = EventBatch & { is_part?: true }

export type WriteBatch = (batch: WritableBatch) => Promise<WriteResult>

/** Writes all of these batches, or none. The results are in the order of the batches. */
export type StoreBatches = (batches: WritableBatch[]) => Promise<WriteResult[]>

/**
 * Makes the function that writes batches in one transaction. Their events and rejections are on disk when it
 * resolves, and none of them when it throws.
 * @throws StorageError whose code says whether the database is away, rejects the data, or failed for another reason
 */
export function storeBatches(database: Database): StoreBatches {
  let staging = new WeakSet<PoolClient>()
  return async (batches) => {
    try {
      return await inTransaction(database, async (client) => {
        if (!staging.has(client)) await makeStagingTable(client)
        staging.add(client)
        return write(client, batches)
      })
    } catch (error) {
      // A table that this transaction created is rolled back.
      staging = new WeakSet()
      throw error
    }
  }
}

async function write(client: PoolClient, batches: WritableBatch[]): Promise<WriteResult[]> {
  await quarantineEvents(client, batches)
  const stored = await storeEvents(client, batches)
  await markReplayed(client, batches)
  const first = await recordBatches(
    client,
    batches.map(({ batch_id }) => batch_id),
  )
  await countNotKept(
    client,
    batches.filter(({ batch_id }) => first.has(batch_id)),
  )
  const repeats = batches.map((batch) => repeatsOf(batch, stored))
  await recordRepeats(
    client,
    repeats.flat().filter(({ batch_id, events }) => events === null || first.has(batch_id)),
  )
  return batches.map((batch) => {
    const newRows = [...(stored.get(batch.batch_id)?.values() ?? [])].reduce((sum, events) => sum + events, 0)
    return { stored: newRows, repeated: batch.events.length - newRows }
  })
}

/** New rows by batch and game. */
type NewRows = Map<string, Map<number, number>>

/** The events of each game that were stored before; for a part of a batch, `null` for each of its games. */
function repeatsOf({ batch_id, events, is_part }: WritableBatch, stored: NewRows): Repeats[] {
  return [...Map.groupBy(events, ({ game_id }) => game_id)].flatMap(([game_id, { length }]) => {
    const repeated = length - (stored.get(batch_id)?.get(game_id) ?? 0)
    return is_part || repeated > 0 ? { batch_id, game_id, events: is_part ? null : repeated } : []
  })
}

async function storeEvents(client: PoolClient, batches: EventBatch[]): Promise<NewRows> {
  if (batches.every(({ events }) => events.length === 0)) return new Map()
  await stageEvents(client, batches)
  if (batches.some(({ events }) => events.some(({ dated }) => !dated))) await dropRepeatedUndated(client)
  return storeStaged(client)
}

const COLUMNS = `identified_at, occurred_at, received_at, corrected_at, sent_at, event_id, batch_id, game_id, key_no, clock_suspect,
  name, player_id, session_id, seq, app_version, platform, country, properties, mismatch`
/** In the order of {@link stagedRow}. */
const STAGED_COLUMNS = `${COLUMNS}, dated`

/**
 * COPY cannot skip events that are stored already, so it fills a temporary table of the connection first. The table has only
 * the columns of this release: a column that a newer one added may be not null, and its default is not copied.
 */
async function makeStagingTable(client: PoolClient): Promise<void> {
  await client.query(`create temporary table if not exists staged_events on commit delete rows
    as select ${COLUMNS}, true as dated from playtrace.events with no data`)
}

async function stageEvents(client: PoolClient, batches: EventBatch[]): Promise<void> {
  let rows = ''
  for (const { batch_id, events } of batches) {
    for (const event of events) rows += stagedRow(batch_id, event)
  }
  await pipeline(Readable.from([rows]), client.query(copyFrom(`copy staged_events (${STAGED_COLUMNS}) from stdin`)))
}

function stagedRow(batchId: string, event: StorableEvent): string {
  return copyRow([
    event.identified_at,
    event.occurred_at,
    event.received_at,
    event.corrected_at,
    event.sent_at,
    event.event_id,
    batchId,
    event.game_id,
    event.key_no ?? null,
    event.clock_suspect,
    event.name,
    event.player_id,
    event.session_id,
    event.seq,
    event.app_version,
    event.platform,
    event.country,
    event.properties,
    event.mismatch ?? null,
    event.dated,
  ])
}

/** A row of `undated_events` commits with its event. A staged undated event without a new row is a repeat. */
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

/**
 * Inserts in the order of the key, so that two transactions with the same events cannot block each other. The same statement
 * notes the write for the rollups, unless it stored nothing.
 */
async function storeStaged(client: PoolClient): Promise<NewRows> {
  const { rows } = await client.query<{ batch_id: string; game_id: number; events: number }>(`
    with write as materialized (select playtrace.next_write_id() as write_id),
    stored as (
      insert into playtrace.events (${COLUMNS}, write_id)
      select ${COLUMNS}, (select write_id from write) from staged_events
      order by game_id, identified_at, event_id
      on conflict do nothing
      returning batch_id, game_id
    ),
    by_batch as (
      select batch_id, game_id, count(*)::int as events from stored group by batch_id, game_id
    ),
    noted as (
      insert into playtrace.unrolled_writes (write_id, events)
      select (select write_id from write), sum(events) from by_batch having sum(events) > 0
    )
    select batch_id, game_id, events from by_batch`)
  const byBatch = [...Map.groupBy(rows, ({ batch_id }) => batch_id)]
  return new Map(
    byBatch.map(([batch_id, of]) => [batch_id, new Map(of.map(({ game_id, events }) => [game_id, events]))]),
  )
}
