// Compares the rollups at the end of a run with a rebuild from the stored events.
import pg from 'pg'
import { rebuildRollups } from '../../src/storage/rollups/rebuild.ts'
import { dumpRollups, type RollupDump } from '../../test/rollup-dump.ts'
import { until } from '../../test/until.ts'

const FOLDED_MS_MAX = 60_000

/**
 * Call it while the workers run and the queue is empty.
 * @returns the differences, one sentence each
 */
export async function compareRollups(databaseUrl: string): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  pool.on('error', () => {}) // the next query fails with the same error
  try {
    const isFolded = async () => {
      const { rows } = await pool.query('select exists (select from playtrace.unrolled_writes) as waits')
      return !rows[0].waits
    }
    await until(isFolded, FOLDED_MS_MAX)
    const folded = await dumpRollups(pool)
    await rebuildRollups(pool, { stop: new AbortController().signal, onProgress: () => {} })
    const rebuilt = await dumpRollups(pool)
    const tables = Object.keys(folded) as (keyof RollupDump)[]
    return [
      ...(folded.players.length === 0 ? ['There are no rollups.'] : []),
      ...tables
        .filter((name) => folded[name].join('\n') !== rebuilt[name].join('\n'))
        .map((name) => `The rollups in ${name} differ from a rebuild.`),
    ]
  } catch (error) {
    return [`Cannot compare the rollups: ${(error as Error).message}`]
  } finally {
    await pool.end()
  }
}
