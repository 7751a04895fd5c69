// The monthly partitions of playtrace.events. They depend on the server's clock and the settings of the games, never on an
// event. Events of all other months are in one default partition, from which they move when their month gets its own.
import type { PoolClient } from 'pg'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'

const MONTHS_AHEAD = 2
/** Each partition takes some six locks of every read, and time. Older months stay in the default partition. */
const MONTHS_BACK_MAX = 240
const COPY_ROWS = 10_000
/** Reads and writes of the default partition wait this long at most while a month waits for its lock. */
const LOCK_WAIT_MS = 1_000
const MOVE_MS_MAX = 2_000
/** The states of a statement that did not get its lock, or took too long, in time. */
const OUT_OF_TIME = ['55P03', '57014']
/** Several processes may make the same month. They take turns. */
export const TURN = `select pg_advisory_xact_lock(hashtext('playtrace.month_partitions'))`

/** A month whose events are still in the default partition. */
export interface WaitingMonth {
  /** YYYY-MM */
  month: string
  wanted_at: Date
}

/**
 * Makes the partitions that are missing: from the month of the oldest day on which a game believes an event, to two months ahead. A month that does not get its lock within a second, or cannot be moved in two, is left for the next call.
 * @returns the months that were left
 */
export async function addMissingPartitions(database: Database, now: Date, stop?: AbortSignal): Promise<WaitingMonth[]> {
  for (const month of await missingMonths(database, now)) {
    if (stop?.aborted) break
    await attachMonth(database, month, stop).catch(unlessOutOfTime)
  }
  const { rows } = await database.query<WaitingMonth>(
    `select to_char(month, 'YYYY-MM') as month, wanted_at from playtrace.months_to_attach order by 1`,
  )
  return rows
}

function unlessOutOfTime(error: Error): void {
  if (!OUT_OF_TIME.includes((error.cause as { code?: string } | undefined)?.code ?? '')) throw error
}

/** @returns the newest first, because most events are of this month */
async function missingMonths(database: Database, now: Date): Promise<string[]> {
  const { rows } = await database.query<{ month: string }>(
    `with today as (select ($1::timestamptz at time zone 'UTC')::date as day),
     oldest as (
       select greatest(
         coalesce(min(greatest(first_day, day - late_days)), min(day)),
         min(day) - interval '${MONTHS_BACK_MAX} months'
       ) as day
       from today left join playtrace.games on true
     )
     select to_char(first_day, 'YYYY-MM') as month
     from oldest, today, generate_series(
       date_trunc('month', least(oldest.day, today.day::timestamp)),
       date_trunc('month', today.day::timestamp) + interval '${MONTHS_AHEAD} months', interval '1 month'
     ) as first_day
     where to_regclass('playtrace.events_' || to_char(first_day, 'YYYY_MM')) is null
       or first_day::date in (select month from playtrace.months_to_attach)
     order by 1 desc`,
    [now],
  )
  return rows.map(({ month }) => month)
}

/**
 * Makes the partition of a month. Events of the month that are in the default partition are copied first, in steps, and stay
 * readable there; one short transaction then moves the month.
 * @param month YYYY-MM
 * @throws StorageError, caused by 55P03 if a read kept the default partition locked, or by 57014 if the move took too long
 */
export async function attachMonth(database: Database, month: string, stop?: AbortSignal): Promise<void> {
  const partition = partitionOf(month)
  await inTransaction(database, (client) => createTable(client, partition))
  for (let last: RowKey | undefined; !stop?.aborted; ) {
    last = await inTransaction(database, (client) => copyRows(client, partition, last))
    if (!last) return inTransaction(database, (client) => moveMonth(client, partition))
  }
}

interface Partition {
  /** The first day. */
  month: string
  table: string
  /** SQL, without `to`. */
  from: string
  to: string
}

function partitionOf(month: string): Partition {
  const start = (offset: number) => {
    const [year, number] = month.split('-').map(Number) as [number, number]
    const first = new Date(Date.UTC(year, number - 1 + offset, 1)).toISOString()
    return `'${first.slice(0, 10)} 00:00:00+00'`
  }
  return { month: `${month}-01`, table: `events_${month.replace('-', '_')}`, from: start(0), to: start(1) }
}

const holds = ({ from, to }: Partition) => `identified_at >= ${from} and identified_at < ${to}`

/** With the indexes and the range of a partition, so that attaching it neither builds nor verifies them under a lock. */
async function createTable(client: PoolClient, partition: Partition): Promise<void> {
  await client.query(TURN)
  // A query, because to_regclass would return a cached "no such table" after the wait for the turn.
  const { rowCount } = await client.query(
    `select from pg_class where relnamespace = 'playtrace'::regnamespace and relname = $1`,
    [partition.table],
  )
  if (rowCount) return
  await client.query(`create table playtrace.${partition.table}
    (like playtrace.events including defaults including constraints including indexes,
     constraint of_month check (${holds(partition)}))`)
  await client.query('insert into playtrace.months_to_attach (month) values ($1)', [partition.month])
}

type RowKey = [gameId: number, identifiedAt: string, eventId: string]

/** @returns the key of the last row; undefined if there were no more rows */
async function copyRows(
  client: PoolClient,
  partition: Partition,
  after: RowKey | undefined,
): Promise<RowKey | undefined> {
  await client.query(TURN)
  if (!(await isWaiting(client, partition))) return undefined
  const { rows } = await client.query<{ game_id: number; identified_at: string; event_id: string }>(
    `with step as materialized (
       select * from playtrace.events_default
       where ${holds(partition)} ${after ? 'and (game_id, identified_at, event_id) > ($1, $2, $3)' : ''}
       order by game_id, identified_at, event_id limit ${COPY_ROWS}
     ),
     copied as (insert into playtrace.${partition.table} select * from step on conflict do nothing)
     select game_id, identified_at::text, event_id from step
     order by step.game_id desc, step.identified_at desc, step.event_id desc limit 1`,
    after,
  )
  return rows[0] && [rows[0].game_id, rows[0].identified_at, rows[0].event_id]
}

/** PostgreSQL refuses to attach a month while the default partition has rows of it. */
async function moveMonth(client: PoolClient, partition: Partition): Promise<void> {
  const { table, month, from, to } = partition
  await client.query(`set local lock_timeout = ${LOCK_WAIT_MS}; set local statement_timeout = ${MOVE_MS_MAX}`)
  await client.query(TURN)
  if (!(await isWaiting(client, partition))) return
  await client.query('lock table playtrace.events_default in access exclusive mode')
  await client.query(
    `insert into playtrace.${table} select * from playtrace.events_default as late
     where ${holds(partition)} and not exists (
       select from playtrace.${table} as copied
       where (copied.game_id, copied.identified_at, copied.event_id) = (late.game_id, late.identified_at, late.event_id)
     )`,
  )
  await client.query(`delete from playtrace.events_default where ${holds(partition)}`)
  await client.query(
    `alter table playtrace.events attach partition playtrace.${table} for values from (${from}) to (${to})`,
  )
  await client.query(`alter table playtrace.${table} drop constraint of_month`)
  await client.query('delete from playtrace.months_to_attach where month = $1', [month])
}

/** False if another process attached the month, or an operator detached it. */
async function isWaiting(client: PoolClient, { month }: Partition): Promise<boolean> {
  const { rowCount } = await client.query('select from playtrace.months_to_attach where month = $1', [month])
  return rowCount === 1
}
