// `npm run bench -- scale`: 1, 2 and 4 API and worker processes on both queues, and what the bottleneck was.
import { availableParallelism } from 'node:os'
import { table } from '../../chaos/table.ts'
import { benchRun } from './bench-run.ts'
import { ratio } from './compare-table.ts'
import type { Figures } from './figures.ts'
import { keepResult, surroundings } from './record.ts'
import { type Round, runRounds } from './rounds.ts'
import { measured } from './rows/measured.ts'
import { EVENTS_BY_1, EVENTS_BY_MANY, QUEUES, REQUESTS_OF_1, REQUESTS_OF_50 } from './rows/playtrace-rows.ts'
import type { Row } from './rows/row.ts'
import { median } from './statistics.ts'
import { startPlaytrace } from './system/playtrace.ts'

export interface ScaleOptions {
  rounds: number
  events: number | undefined
  seed: number
  dir: string | undefined
}

const PROCESSES = [1, 2, 4]
const REQUESTS = [
  { ...REQUESTS_OF_1, steady: false, events: EVENTS_BY_1 },
  { ...REQUESTS_OF_50, steady: false, events: EVENTS_BY_MANY },
]
/** As busy as it gets: the rest goes to what nobody counts. */
const BUSY_SHARE = 0.9

type Kind = keyof Figures['cpu']
const KINDS: Kind[] = ['api', 'worker', 'database', 'redis', 'load']

interface ScaleRow extends Row {
  processes: number
}

const idOf = (queue: string, requestEvents: number, processes: number) =>
  `${queue}-${requestEvents}-${processes}`

const ROWS: ScaleRow[] = QUEUES.flatMap(({ queue, id, title }) =>
  REQUESTS.flatMap(({ events, ...requests }) =>
    PROCESSES.map((processes) => ({
      id: idOf(id, requests.requestEvents, processes),
      title: `${title}: ${requests.requestEvents}, ${processes} + ${processes} processes`,
      baseline: idOf(id, requests.requestEvents, 1),
      events,
      processes,
      run: (context) =>
        measured(context, requests, () => startPlaytrace({ dataDir: context.dataDir, queue, processes })),
    })),
  ),
)

export async function scale(options: ScaleOptions): Promise<void> {
  const where = await surroundings()
  const total = ROWS.length * options.rounds
  const { rounds } = await benchRun({ dir: options.dir, total }, (run) =>
    runRounds({ ...options, rows: ROWS, data: 'game', profilesDir: undefined }, run),
  )
  if (rounds.length === 0) return
  const text = [where.join('\n'), scaleTable(rounds)].join('\n\n')
  console.log(text)
  console.log(`\nKept in ${await keepResult('scale', text, { where, options, rounds })}`)
}

function scaleTable(rounds: Round[]): string {
  return table(
    [
      'row: events a request',
      'events/s',
      '÷ 1 process',
      ...KINDS.map((kind) => `cores: ${kind}`),
      'others',
      'bottleneck',
    ],
    ROWS.map((row) => {
      const of = (read: (figures: Figures) => number) =>
        median(rounds.map((round) => read(round[row.id] as Figures)))
      const cores = (kind: Kind) => of((figures) => coresOf(figures, kind))
      return [
        row.title,
        of(({ eventsPerSecond }) => eventsPerSecond).toFixed(0),
        ratio(rounds, row.id, row.baseline ?? '').toFixed(2),
        ...KINDS.map((kind) => cores(kind).toFixed(2)),
        of(({ othersCores }) => othersCores).toFixed(2),
        bottleneck(
          row.processes,
          cores,
          of(({ othersCores }) => othersCores),
        ),
      ]
    }),
  )
}

function coresOf({ cpu, eventsPerSecond }: Figures, kind: Kind): number {
  return (cpu[kind] * eventsPerSecond) / 1_000_000
}

/** A single-threaded process that is busy, or a machine that is, or else something is waited for. */
function bottleneck(processes: number, cores: (kind: Kind) => number, others: number): string {
  const threads: [string, number][] = [
    ['an API process', cores('api') / processes],
    ['a worker process', cores('worker') / processes],
    ['Redis', cores('redis')],
    ['the load generator', cores('load')],
  ]
  const busy = threads.filter(([, share]) => share >= BUSY_SHARE).map(([name]) => name)
  if (busy.length > 0) return busy.join(', ')
  const used = KINDS.reduce((sum, kind) => sum + cores(kind), others)
  const all = availableParallelism()
  if (used < all * BUSY_SHARE) return `waiting: ${used.toFixed(1)} of ${all} cores busy`
  const first = KINDS.reduce((one, other) => (cores(other) > cores(one) ? other : one))
  return `all ${all} cores, most of it ${first}`
}
