// `npm run bench`: the ceiling, what is commonly built, and Playtrace, side by side.
import { measureBacklog } from './backlog.ts'
import { type BenchRun, benchRun } from './bench-run.ts'
import { compareTable } from './compare-table.ts'
import { newestGrowth } from './growth/growth-result.ts'
import { idleBytes } from './idle.ts'
import type { DataKind } from './load/plan.ts'
import { keepResult, surroundings } from './record.ts'
import { type Choices, type Round, runRounds } from './rounds.ts'
import type { Row } from './rows/row.ts'
import { median } from './statistics.ts'
import { type Extras, targetsTable } from './targets.ts'

export interface CompareOptions {
  rows: Row[]
  rounds: number
  events: number | undefined
  data: DataKind
  seed: number
  dir: string | undefined
  profilesDir: string | undefined
  /** Also what belongs to no row: idle memory, and a backlog on each queue. */
  extras: boolean
}

const BACKLOG_EVENTS = 1_000_000

export async function compare(options: CompareOptions): Promise<void> {
  const { data, seed, events, rows } = options
  const where = await surroundings()
  const total = rows.length * options.rounds
  const { rounds, choices, extras } = await benchRun({ dir: options.dir, total }, async (run) => {
    const result = await runRounds(options, run)
    return { ...result, extras: options.extras && !run.stop.aborted ? await measureExtras(options, run) : {} }
  })
  if (rounds.length === 0) return
  const text = [
    [...where, ...conditions(options, rounds, choices)].join('\n'),
    compareTable(rows, rounds),
    targetsTable(rounds, { ...extras, growth: await newestGrowth() }, { all: options.extras }),
  ].join('\n\n')
  console.log(text)
  const raw = { where, options: { data, seed, events }, choices, rounds, extras }
  console.log(`\nKept in ${await keepResult(data === 'game' ? 'compare' : `compare-${data}`, text, raw)}`)
}

async function measureExtras({ events, data, seed }: CompareOptions, run: BenchRun): Promise<Extras> {
  const { dataDir } = run
  run.progress('idle')
  const idle = await idleBytes(dataDir)
  const context = { dataDir, data, seed, events: events ?? BACKLOG_EVENTS, profilesDir: undefined }
  const onProgress = (enqueued: number) => run.progress(`backlog: ${enqueued}`)
  return {
    idleBytes: idle,
    backlog: {
      postgres: await measureBacklog('postgres', context, onProgress),
      redis: await measureBacklog('redis', context, onProgress),
    },
  }
}

function conditions(
  { rows, events, data, seed }: CompareOptions,
  rounds: Round[],
  choices: Choices,
): string[] {
  const others = rounds.flatMap((round) => Object.values(round).map(({ othersCores }) => othersCores))
  return [
    `Medians of ${rounds.length} interleaved rounds; ${events ?? 'each row’s own number of'} events; data: ${data}, seed ${seed}.`,
    `Cores busy with something else meanwhile: ${median(others).toFixed(2)}, at most ${Math.max(...others).toFixed(2)}.`,
    ...rows.flatMap(({ id, choices: some }) =>
      some
        ? [
            `Tried before the rounds, ${id}: ${choices[id]} ${some.of}, the best of ${some.values.join(', ')}.`,
          ]
        : [],
    ),
  ]
}
