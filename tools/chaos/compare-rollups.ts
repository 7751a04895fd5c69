// The rollups at the end: what was kept up through all faults, against what the stored events say.
import pg from 'pg'
import { rebuildRollups } from '../../src/storage/rollups/rebuild.ts'
import { dumpRollups, type RollupDump } from '../../test/rollup-dump.ts'
import { until } from '../../test/until.ts'

const FOLDED_MS_MAX = 60_000

/** @returns what is wrong, a sentence each. The workers still run, and the queue is empty. */
export async function compareRollups(databaseUrl: string): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  pool.on('error', () => {}) // the next query tells as well
  try {
    const isFolded = async () => {
      const { rows } = await pool.query('select exists (select from playtrace.unrolled_writes) as waits')
      return !rows[0].waits
    }
    await until(isFolded, FOLDED_MS_MAX)
    const kept = await dumpRollups(pool)
    await rebuildRollups(pool, undefined, { stop: new AbortController().signal, onProgress: () => {} })
    const rebuilt = await dumpRollups(pool)
    const tables = Object.keys(kept) as (keyof RollupDump)[]
    return [
      ...(kept.players.length === 0 ? ['There are no rollups.'] : []),
      ...tables
        .filter((name) => kept[name].join('\n') !== rebuilt[name].join('\n'))
        .map((name) => `The rollups in ${name} are not what a rebuild makes of the stored events.`),
    ]
  } catch (error) {
    return [`The rollups cannot be compared. ${(error as Error).message}`]
  } finally {
    await pool.end()
  }
}
