// `playtrace rollups rebuild`: rebuilds the rollups from the stored events while the server runs.
import { type Interrupt, progressBar, showProgress, stopOnSignal, type Terminal } from '../client/terminal.ts'
import type { Config } from '../config.ts'
import { rebuildRollups } from '../storage/rollups/rebuild.ts'
import { databaseUrlOf, withDatabase } from './connections.ts'

/** One statement may scan all events or delete all rollups, which is slow. */
const CONNECTION = { name: 'rollups', queryTimeoutMs: 60 * 60 * 1000 }

/** @returns the exit code */
export async function rollupsRebuild(config: Config, terminal: Terminal = process): Promise<number> {
  const interrupt = stopOnSignal(terminal)
  const progress = { done: 0, total: 0 }
  const bar = showProgress(terminal.stderr, () => progressBar(progress.done, progress.total))
  try {
    await withDatabase(await databaseUrlOf(config), CONNECTION, (database) =>
      rebuildRollups(database, {
        stop: interrupt.stop,
        onProgress: (done, total) => Object.assign(progress, { done, total }),
      }),
    )
    bar.stop()
    terminal.stdout.write('Rebuilt the rollups from the stored events.\n')
    return 0
  } catch (error) {
    return interrupted(interrupt, terminal, error)
  } finally {
    bar.stop()
    interrupt.release()
  }
}

function interrupted(interrupt: Interrupt, { stderr }: Terminal, error: unknown): number {
  const code = interrupt.exitCode()
  if (code === undefined) throw error
  stderr.write('Interrupted. The rollups are unchanged.\n')
  return code
}
