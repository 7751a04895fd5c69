// What every command of the bench has in common: a folder of its own with an initialised data folder in it, a progress bar,
// and Ctrl-C, which has it finish what is under way and report that.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { showProgress, stopOnSignal } from '../../src/client/terminal.ts'
import { startPlaytrace } from './system/playtrace.ts'

export interface BenchRun {
  /** For whatever else the run needs on that disk. */
  folder: string
  /** Migrated, and nothing runs on it. */
  dataDir: string
  stop: AbortSignal
  /** What goes on now; undefined `done`: as far as before. */
  progress(what: string, done?: number): void
}

/** @param dir where the folder is made; undefined: in the system's folder for temporary files */
export async function benchRun<T>(
  { dir, total }: { dir: string | undefined; total: number },
  work: (run: BenchRun) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(dir ?? tmpdir(), 'playtrace-bench-'))
  const interrupt = stopOnSignal(process)
  const state = { what: 'preparing', done: 0 }
  const bar = showProgress(process.stderr, '{bar} {value}/{total} · {what}', total, () => ({
    value: state.done,
    fields: { what: state.what },
  }))
  try {
    const dataDir = join(folder, 'data')
    await prepareDataDir(dataDir)
    return await work({
      folder,
      dataDir,
      stop: interrupt.stop,
      progress(what, done = state.done) {
        state.what = what
        state.done = done
      },
    })
  } finally {
    bar.stop()
    interrupt.release()
    await rm(folder, { recursive: true, force: true })
  }
}

export async function prepareDataDir(dataDir: string): Promise<void> {
  const playtrace = await startPlaytrace({ dataDir, queue: 'postgres' })
  await playtrace.close()
}
