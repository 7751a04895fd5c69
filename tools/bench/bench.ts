// What every subcommand needs: a temporary folder, the load generator, and whatever it starts, all ended at the end.
import { mkdtemp, rm } from 'node:fs/promises'
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
  start<T>(
    what: string,
    open: (folder: string) => Promise<T>,
    close: (opened: T) => Promise<unknown>,
  ): Promise<T>
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
    const load = await startLoad()
    all.defer(load.stop)
    return await work({
      load,
      async start(what, open, close) {
        showProgress(`starting: ${what}`)
        const opened = await open(join(root, what))
        if (all.disposed) await close(opened) // A signal came meanwhile.
        all.defer(async () => void (await close(opened)))
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
