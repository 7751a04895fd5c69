// `npm run bench -- compare`: PostgreSQL alone, what is commonly built, and Playtrace, in one table.
import { table } from '../../chaos/table.ts'
import { withBench } from './bench.ts'
import { surroundings } from './print.ts'
import { measureRounds, type Round, type RoundsOptions } from './rounds.ts'
import { CPU_KINDS, type Figures, type Row } from './rows.ts'
import { median } from './statistics.ts'

export async function compare(options: RoundsOptions): Promise<void> {
  const rounds = await withBench(options, (bench) => measureRounds(bench, options))
  console.log(surroundings(options.checkout))
  console.log(`Medians of ${rounds.length} interleaved rounds; seed ${options.seed}. ${otherCores(rounds)}\n`)
  console.log(compareTable(options.rows, rounds))
}

export function otherCores(rounds: Round[]): string {
  const cores = rounds.flatMap((round) => Object.values(round).map((figures) => figures.otherCores))
  return `Other programs kept ${median(cores).toFixed(2)} cores busy (median), at most ${Math.max(...cores).toFixed(2)}.`
}

function compareTable(rows: Row[], rounds: Round[]): string {
  const head = [
    ...['row', 'events/s', '÷ ceiling', '÷ commonly built', 'ack ms p50 / p99'],
    ...CPU_KINDS.map((kind) => `CPU µs/event: ${kind}`),
    ...['peak MB: api', 'worker'],
  ]
  const lines = rows.map((row) => {
    const of = (read: (figures: Figures) => number) =>
      median(rounds.map((round) => read(round[row.id] as Figures)))
    const acks = [of(({ ackP50 }) => ackP50), of(({ ackP99 }) => ackP99)]
    return [
      row.title,
      shown(of(({ eventsPerSecond }) => eventsPerSecond)),
      shown(median(ratios(rounds, row.id, 'ceiling')), 2),
      shown(median(ratios(rounds, row.id, 'built-50')), 1),
      acks.every(Number.isFinite) ? acks.map((ms) => ms.toFixed(1)).join(' / ') : '',
      ...CPU_KINDS.map((kind) =>
        shown(
          of(({ cpu }) => cpu[kind]),
          1,
        ),
      ),
      shown(of(({ peakMegabytes }) => peakMegabytes.api)),
      shown(of(({ peakMegabytes }) => peakMegabytes.worker)),
    ]
  })
  return table(head, lines)
}

/** Throughput ÷ throughput of each round; NaN where one of the two rows was left out. */
export function ratios(rounds: Round[], id: string, other: string): number[] {
  return rounds.map(
    (round) => (round[id]?.eventsPerSecond ?? Number.NaN) / (round[other]?.eventsPerSecond ?? Number.NaN),
  )
}

function shown(value: number, decimals = 0): string {
  return Number.isNaN(value) || value === 0 ? '' : value.toFixed(decimals)
}
