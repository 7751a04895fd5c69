// What every subcommand needs: a temporary folder, the load generator, and whatever it starts, all ended at the end.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Load, startLoad } from './load.ts'
import { showProgress } from './print.ts'

export interface BenchOptions {
  /** The checkout whose Playtrace is measured. */
  checkout: string
  /** Where the temporary folder is made, on the disk that is measured. */
  dir?: string
  seed: number
}

export interface Bench {
  load: Load
  /** Starts something that ends with the bench, in a folder of its own. */
  start<T extends Stoppable>(what: string, open: (folder: string) => Promise<T>): Promise<T>
}

interface Stoppable {
  stop(): Promise<void>
}

const INTERRUPTED = 130

/** Runs `work` and ends everything that it started, also on Ctrl-C. */
export async function withBench<T>({ dir }: BenchOptions, work: (bench: Bench) => Promise<T>): Promise<T> {
  const all = new AsyncDisposableStack()
  let ending: Promise<void> | undefined
  const onSignal = () => {
    ending ??= all.disposeAsync().finally(() => process.exit(INTERRUPTED))
  }
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const root = await mkdtemp(join(dir ?? tmpdir(), 'playtrace-bench-'))
    all.defer(() => rm(root, { recursive: true, force: true }))
    const load = startLoad()
    all.defer(load.stop)
    return await work({
      load,
      async start(what, open) {
        showProgress(`starting: ${what}`)
        const folder = join(root, what)
        await mkdir(folder, { recursive: true })
        const opened = await open(folder)
        if (all.disposed) await opened.stop() // A signal came meanwhile.
        all.defer(opened.stop)
        return opened
      },
    })
  } catch (error) {
    await ending // On a signal everything that is measured ends, so `work` fails.
    throw error
  } finally {
    showProgress('')
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await all.disposeAsync()
  }
}
