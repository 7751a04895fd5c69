// Reads a report: one statement, limited to five seconds, whose answer leaves as the JSON that PostgreSQL wrote.
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'

const READ_MS_MAX = 5_000

/**
 * @param settings SQL: what the planner is told for this statement alone
 * @returns the one row's column `json`; undefined where there is no row
 */
export function readJson(
  database: Database,
  statement: string,
  values: unknown[],
  settings = '',
): Promise<string | undefined> {
  return inTransaction(database, async (client) => {
    // Compiling costs these statements more than it saves.
    await client.query(`set local statement_timeout = ${READ_MS_MAX}; set local jit = off; ${settings}`)
    const { rows } = await client.query<{ json: string }>(statement, values)
    return rows[0]?.json
  })
}

/** Of a statement that aggregates without grouping: it always has a row. */
export async function readOneJson(
  database: Database,
  statement: string,
  values: unknown[],
  settings?: string,
): Promise<string> {
  const json = await readJson(database, statement, values, settings)
  if (json === undefined) throw new Error('An aggregate without grouping gave no row.')
  return json
}
