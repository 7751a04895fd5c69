// `npm run bench`: the ceiling, what is commonly built, and Playtrace, side by side.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { showProgress, stopOnSignal } from '../src/client/terminal.ts'
import { compareTable } from './compare-table.ts'
import type { DataKind } from './load/plan.ts'
import { keepResult, surroundings } from './record.ts'
import { runRounds } from './rounds.ts'
import type { Row } from './rows/row.ts'
import { startPlaytrace } from './system/playtrace.ts'

export interface CompareOptions {
  rows: Row[]
  rounds: number
  events: number | undefined
  data: DataKind
  seed: number
  /** Where the data folder is made; undefined: in the system's folder for temporary files. */
  dir: string | undefined
  profilesDir: string | undefined
}

export async function compare(options: CompareOptions): Promise<void> {
  const { rows, rounds: roundsMax } = options
  const where = await surroundings()
  const folder = await mkdtemp(join(options.dir ?? tmpdir(), 'playtrace-bench-'))
  const interrupt = stopOnSignal(process)
  const total = rows.length * roundsMax
  let progress = { done: 0, row: 'preparing' }
  const bar = showProgress(process.stderr, '{bar} {value}/{total} · {row}', total, () => ({
    value: progress.done,
    fields: { row: progress.row },
  }))
  try {
    const dataDir = join(folder, 'data')
    await (await startPlaytrace({ dataDir, queue: 'postgres' })).close()
    const { rounds, choices } = await runRounds({
      ...options,
      dataDir,
      stop: interrupt.stop,
      onProgress: (now) => {
        progress = now
      },
    })
    bar.stop()
    if (rounds.length === 0) return
    const { data, seed, events } = options
    const text = [
      ...where,
      `Medians of ${rounds.length} interleaved rounds; ${events ?? "each row's own number of"} events; data: ${data}, seed ${seed}.`,
      ...rows.flatMap(({ id, title, choices: of }) =>
        of ? [`${title}: ${choices[id]} ${of.of}, the best of ${of.values.join(', ')}.`] : [],
      ),
      '',
      compareTable(rows, rounds),
    ].join('\n')
    console.log(text)
    console.log(
      `\nKept in ${await keepResult(data === 'game' ? 'compare' : `compare-${data}`, text, { where, options: { data, seed, events }, choices, rounds })}`,
    )
  } finally {
    bar.stop()
    interrupt.release()
    await rm(folder, { recursive: true, force: true })
  }
}
