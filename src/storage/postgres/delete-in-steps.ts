// Deletes many rows without a long statement: each step is far shorter than the statement timeout.
import type { Database } from './database.ts'

const STEP_ROWS_MAX = 10_000

/**
 * Deletes the rows of `table` for which `condition` holds, at most 10,000 rows a statement. Rows that another process
 * deletes at the same time are skipped.
 * @param condition SQL with the parameters `$1`, … of `values`
 * @param stop ends the work between two steps
 */
export async function deleteInSteps(
  database: Database,
  { table, condition, values }: { table: string; condition: string; values: unknown[] },
  stop: AbortSignal,
): Promise<void> {
  const statement = `delete from ${table} where ctid = any(array(
    select ctid from ${table} where ${condition} limit ${STEP_ROWS_MAX} for update skip locked))`
  while (!stop.aborted) {
    const { rowCount } = await database.query(statement, values)
    if (rowCount !== STEP_ROWS_MAX) return
  }
}
