// The table of events that a measured system stores in, seen through SQL.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

const POLL_MS_MIN = 10
const POLL_MS_MAX = 100
/** No event stored for this long means that the system is stuck. */
const STANDSTILL_MS_MAX = 30_000
const LOCK_TIMEOUT_MS = 3_000
const EMPTY_ATTEMPTS_MAX = 10
const DEADLOCK = '40P01'
const LOCK_NOT_AVAILABLE = '55P03'

export interface Store {
  /** @param sinceMs counts only events of the first game whose corrected time is at or after it */
  count(sinceMs?: number): Promise<number>
  /** Waits until `count` is `expected`. @throws if there are more, or if no event is stored for 30 seconds */
  untilStored(expected: number, sinceMs?: number): Promise<void>
  /** Truncates the tables that were empty when the store was opened, then runs VACUUM, ANALYZE and CHECKPOINT. */
  empty(): Promise<void>
  /** Runs VACUUM, ANALYZE and CHECKPOINT, so that every measurement starts alike. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** The system has just started, so only the tables of its own set-up have rows. */
export async function openStore(databaseUrl: string): Promise<Store> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const tables = await emptyTables(client)
  const count = async (sinceMs?: number) => {
    const [where, values] =
      sinceMs === undefined ? ['', []] : ['where game_id = 1 and corrected_at >= $1', [new Date(sinceMs)]]
    const { rows } = await client.query(`select count(*) as events from playtrace.events ${where}`, values)
    return Number(rows[0].events)
  }
  const settle = async () => {
    await client.query('vacuum (analyze)')
    await client.query('checkpoint')
  }
  return {
    count,
    untilStored: (expected, sinceMs) => untilReached(expected, () => count(sinceMs)),
    async empty() {
      await truncate(client, tables)
      await settle()
    },
    settle,
    close: () => client.end(),
  }
}

/** From the catalog, so that the bench knows no table's name but that of the events. */
async function emptyTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = 'playtrace' and relkind in ('r', 'p') and not relispartition`,
  )
  const names: string[] = []
  for (const { name } of rows) {
    const filled = await client.query(`select from ${name} limit 1`)
    if (filled.rowCount === 0) names.push(name)
  }
  return names
}

/** A fold that runs at the same moment can hold locks on some of the tables, so this tries again. */
async function truncate(client: pg.Client, tables: string[]): Promise<void> {
  // Without triggers, which may truncate a table of the list in the middle of the statement.
  await client.query(`set session_replication_role = replica; set lock_timeout = ${LOCK_TIMEOUT_MS}`)
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(`truncate ${tables.join(', ')}`)
      return
    } catch (error) {
      const { code = '' } = error as pg.DatabaseError
      if (attempt === EMPTY_ATTEMPTS_MAX || ![DEADLOCK, LOCK_NOT_AVAILABLE].includes(code)) throw error
    }
  }
}

/** Polls less often while many events are missing, because counting takes CPU time from what is measured. */
async function untilReached(expected: number, count: () => Promise<number>): Promise<void> {
  const first = { events: await count(), atMs: performance.now() }
  let last = first
  while (last.events < expected) {
    const perMs = (last.events - first.events) / (last.atMs - first.atMs || 1)
    const leftMs = perMs > 0 ? (expected - last.events) / perMs : 0
    await wait(Math.min(POLL_MS_MAX, Math.max(POLL_MS_MIN, leftMs / 3)))
    const events = await count()
    if (events > last.events) last = { events, atMs: performance.now() }
    else if (performance.now() - last.atMs > STANDSTILL_MS_MAX) {
      throw new Error(`${events} of ${expected} events are stored, and none was added for 30 seconds.`)
    }
  }
  if (last.events > expected) throw new Error(`${last.events} events are stored, but ${expected} were sent.`)
}
