// Streams any number of stored events, oldest first. A cursor fetches 500 rows at a time, after the rows before were taken,
// so the memory stays the same.
import type { PoolClient } from 'pg'
import { EXPORT_COLUMNS } from '../../contract/reading.ts'
import { utcTime } from '../postgres/cursor.ts'
import type { Database } from '../postgres/database.ts'
import { storageErrorOf } from '../postgres/storage-error.ts'
import { EVENT_JSON, type EventFilter, filterValues, KEY_FINGERPRINT, MATCHES_FILTER } from './read-events.ts'
import type { WriteWindow } from './write-window.ts'

export type ExportFormat = 'ndjson' | 'csv'

const TIMES = ['occurred_at', 'sent_at', 'received_at', 'corrected_at', 'identified_at']

function textOf(column: string): string {
  if (TIMES.includes(column)) return utcTime(column)
  return column === 'key_fingerprint' ? KEY_FINGERPRINT : `${column}::text`
}

/** SQL: the values of a row as text, which keeps every digit. */
const ROW: Record<ExportFormat, string> = {
  ndjson: EVENT_JSON,
  csv: EXPORT_COLUMNS.map(textOf).join(', '),
}

const FETCH_ROWS = 500

/** For ndjson one JSON object, for csv the values of {@link EXPORT_COLUMNS}. */
export type ExportRow = (string | null)[]

/** A filter, and for an incremental export the writes that it takes. */
export interface ExportSelection extends EventFilter {
  window?: WriteWindow | undefined
}

/**
 * Resolves when the first rows were fetched, so that a statement that fails throws before the response begins.
 * @param database has a connection for each export, and one more to cancel a statement
 * @param signal ends the export at once, and cancels a running statement
 */
export async function exportEvents(
  database: Database,
  gameId: number,
  filter: ExportSelection,
  format: ExportFormat,
  signal: AbortSignal,
): Promise<AsyncGenerator<ExportRow[]>> {
  const rows = fetchAll(database, gameId, filter, format, signal)
  await rows.next()
  // The client may disconnect before it takes a row. Then nothing else would release the connection.
  const end = () => rows.return(undefined)
  signal.addEventListener('abort', end)
  if (signal.aborted) await end()
  return rows
}

async function* fetchAll(
  database: Database,
  gameId: number,
  filter: ExportSelection,
  format: ExportFormat,
  signal: AbortSignal,
): AsyncGenerator<ExportRow[]> {
  const client = await database.connect()
  // A cut connection fails the running query and also emits 'error'; without a listener that would end the process.
  const onCut = () => {}
  client.on('error', onCut)
  const cancel = () => cancelStatement(database, client)
  let isComplete = false
  try {
    signal.throwIfAborted()
    signal.addEventListener('abort', cancel)
    await declareExport(client, gameId, filter, format)
    let rows = await fetchRows(client)
    yield [] // ends the wait of `exportEvents`
    while (rows.length > 0) {
      yield rows
      signal.throwIfAborted()
      rows = await fetchRows(client)
    }
    await client.query('commit')
    isComplete = true
  } catch (error) {
    throw storageErrorOf(error)
  } finally {
    signal.removeEventListener('abort', cancel)
    client.off('error', onCut)
    // Closing the connection ends its transaction.
    client.release(!isComplete)
  }
}

/** For a cursor, PostgreSQL reads in the order of an index where it can, and does not sort all rows first. */
async function declareExport(
  client: PoolClient,
  gameId: number,
  { window, ...filter }: ExportSelection,
  format: ExportFormat,
): Promise<void> {
  await client.query('begin transaction read only')
  await client.query('set local statement_timeout = 0')
  await client.query(
    `declare export no scroll cursor for
     select ${ROW[format]} from playtrace.events where ${MATCHES_FILTER}
     ${window ? 'and write_id > $9 and write_id <= $10 order by write_id' : 'order by corrected_at'}, event_id, identified_at`,
    [...filterValues(gameId, filter), ...(window ? [window.after, window.until] : [])],
  )
}

async function fetchRows(client: PoolClient): Promise<ExportRow[]> {
  const { rows } = await client.query<ExportRow>({
    text: `fetch ${FETCH_ROWS} from export`,
    rowMode: 'array',
  })
  return rows
}

/** If the connection is only closed, the statement runs on until it returns a row. */
function cancelStatement(database: Database, client: PoolClient & { processID?: number | null }): void {
  if (!client.processID) return
  database.query('select pg_cancel_backend($1)', [client.processID]).catch(() => {
    // The database is away, so the statement has ended too.
  })
}
