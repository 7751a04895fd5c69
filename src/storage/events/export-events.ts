// Stored events in one stream, however many, oldest first. A cursor hands out some hundred rows at a time, and no more are
// fetched until those are taken, so that memory stays the same.
import type { PoolClient } from 'pg'
import { EXPORT_COLUMNS } from '../../contract/reading.ts'
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import { storageErrorOf } from '../postgres/storage-error.ts'
import { EVENT_JSON, type EventFilter, eventConditions } from './read-events.ts'

export type ExportFormat = 'ndjson' | 'csv'

const TIMES = ['occurred_at', 'sent_at', 'received_at', 'corrected_at']

/** All of it as text, which keeps every digit. */
const ROW: Record<ExportFormat, string> = {
  ndjson: EVENT_JSON,
  csv: EXPORT_COLUMNS.map((column) => (TIMES.includes(column) ? utcTime(column) : `${column}::text`)).join(
    ', ',
  ),
}

const FETCH_ROWS = 500

/** A row: of ndjson one JSON object, of csv the values of {@link EXPORT_COLUMNS}. */
export type ExportRow = (string | null)[]

/**
 * Resolves when the first rows are there: what the database refuses is thrown here, and not in the middle.
 * @param database of a connection for each export, and one to cancel it by
 * @param signal ends it at once, in the middle of a statement too
 */
export async function exportEvents(
  database: Database,
  gameId: number,
  filter: EventFilter,
  format: ExportFormat,
  signal: AbortSignal,
): Promise<AsyncGenerator<ExportRow[]>> {
  const rows = fetchAll(database, gameId, filter, format, signal)
  await rows.next()
  // Who was to read may be gone before taking anything, and then nobody else would give the connection back.
  const end = () => rows.return(undefined)
  signal.addEventListener('abort', end)
  if (signal.aborted) await end()
  return rows
}

async function* fetchAll(
  database: Database,
  gameId: number,
  filter: EventFilter,
  format: ExportFormat,
  signal: AbortSignal,
): AsyncGenerator<ExportRow[]> {
  const client = await database.connect()
  // A cut connection fails the query in hand, and tells the client too: unheard, that would end the process.
  const onCut = () => {}
  client.on('error', onCut)
  const cancel = () => cancelStatement(database, client)
  let whole = false
  try {
    signal.throwIfAborted()
    signal.addEventListener('abort', cancel)
    await declareExport(client, gameId, filter, format)
    let rows = await fetchRows(client)
    yield [] // the first rows are there
    while (rows.length > 0) {
      yield rows
      signal.throwIfAborted()
      rows = await fetchRows(client)
    }
    await client.query('commit')
    whole = true
  } catch (error) {
    throw storageErrorOf(error)
  } finally {
    signal.removeEventListener('abort', cancel)
    client.off('error', onCut)
    // Closing the connection ends its transaction.
    client.release(!whole)
  }
}

/** By a cursor, because for one PostgreSQL reads in the order of an index where it can, instead of sorting all of it first. */
async function declareExport(
  client: PoolClient,
  gameId: number,
  filter: EventFilter,
  format: ExportFormat,
): Promise<void> {
  const where = eventConditions(gameId, filter)
  await client.query('begin transaction read only')
  await client.query('set local statement_timeout = 0')
  await client.query(
    `declare export no scroll cursor for
     select ${ROW[format]} from playtrace.events where ${where.sql()}
     order by corrected_at, event_id, occurred_at`,
    where.values,
  )
}

async function fetchRows(client: PoolClient): Promise<ExportRow[]> {
  const { rows } = await client.query<ExportRow>({
    text: `fetch ${FETCH_ROWS} from export`,
    rowMode: 'array',
  })
  return rows
}

/** Closing the connection alone would let the statement go on until it has something to say. */
function cancelStatement(database: Database, client: PoolClient & { processID?: number | null }): void {
  if (!client.processID) return
  database.query('select pg_cancel_backend($1)', [client.processID]).catch(() => {
    // Then the database is away, and the statement with it.
  })
}
