// How figures are read: one statement, bounded in time, whose answer leaves as the JSON that PostgreSQL wrote.
import { RequestProblem } from '../../contract/answer.ts'
import type { Database } from '../postgres/database.ts'
import { inTransaction } from '../postgres/transaction.ts'

const READ_MS_MAX = 5_000
const QUERY_CANCELED = '57014'

/**
 * @param settings SQL: what the planner is told for this statement alone
 * @returns the one row's column `json`; undefined where there is no row.
 * @throws RequestProblem `invalid_query` where it would take longer than {@link READ_MS_MAX}
 */
export async function readJson(
  database: Database,
  statement: string,
  values: unknown[],
  settings = '',
): Promise<string | undefined> {
  try {
    return await inTransaction(database, async (client) => {
      // Compiling costs these statements more than it saves.
      await client.query(`set local statement_timeout = ${READ_MS_MAX}; set local jit = off; ${settings}`)
      const { rows } = await client.query<{ json: string }>(statement, values)
      return rows[0]?.json
    })
  } catch (error) {
    if ((error as { code?: string }).code !== QUERY_CANCELED) throw error
    throw new RequestProblem(
      'invalid_query',
      `Reading it took longer than ${READ_MS_MAX / 1000} seconds: ask for a shorter range.`,
      '/from',
    )
  }
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
