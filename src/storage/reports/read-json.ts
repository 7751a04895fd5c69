// Reads a report: one statement, limited to five seconds, whose answer leaves as the JSON that PostgreSQL wrote.
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'

const READ_MS_MAX = 5_000

/**
 * @param settings SQL: planner settings for this statement
 * @returns the column `json` of the only row; undefined if there is no row
 */
export function readJson(
  database: Database,
  statement: string,
  values: unknown[],
  settings = '',
): Promise<string | undefined> {
  return inTransaction(database, async (client) => {
    // JIT compilation costs these statements more than it saves.
    await client.query(`set local statement_timeout = ${READ_MS_MAX}; set local jit = off; ${settings}`)
    const { rows } = await client.query<{ json: string }>(statement, values)
    return rows[0]?.json
  })
}

/** For a statement that aggregates without grouping, which always returns one row. */
export async function readOneJson(
  database: Database,
  statement: string,
  values: unknown[],
  settings?: string,
): Promise<string> {
  const json = await readJson(database, statement, values, settings)
  if (json === undefined) throw new Error('An aggregate without grouping returned no row.')
  return json
}
