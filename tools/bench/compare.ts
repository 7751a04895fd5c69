// `npm run bench -- compare`: PostgreSQL alone and Playtrace, in one table.
import { table } from '../chaos/table.ts'
import { withBench } from './bench.ts'
import { surroundings } from './print.ts'
import { measureRounds, type Round, type RoundsOptions } from './rounds.ts'
import { CPU_KINDS, type Figures, type Row } from './rows.ts'
import { median } from './statistics.ts'
import type { Kind } from './usage.ts'

export async function compare(options: RoundsOptions): Promise<void> {
  const rounds = await withBench(options, (bench) => measureRounds(bench, options))
  console.log(surroundings(options.checkout))
  console.log(`Medians of ${rounds.length} interleaved rounds; seed ${options.seed}.`)
  console.log(`Other programs kept ${otherCores(rounds).toFixed(2)} cores busy.\n`)
  console.log(compareTable(options.rows, rounds))
}

/** The median: a result with more than a few hundredths should be repeated on a quiet machine. */
export function otherCores(rounds: Round[]): number {
  return median(rounds.flatMap((round) => Object.values(round).map((figures) => figures.otherCores)))
}

function compareTable(rows: Row[], rounds: Round[]): string {
  const head = [
    ...['row', 'events/s', '÷ ceiling', 'ack ms p50 / p99'],
    ...CPU_KINDS.map((kind) => `${kind} CPU µs/event`),
    ...['peak MB: api', 'worker'],
  ]
  const lines = rows.map((row) => {
    const of = (read: (figures: Figures) => number) => median(rounds.map((round) => read(round[row.id] as Figures)))
    const shareOfCeiling = median(rounds.map((round) => rateOf(round, row.id) / rateOf(round, 'ceiling')))
    const microseconds = (kind: Kind) => {
      const time = of(({ cpu }) => cpu[kind])
      return shown(time, 1)
    }
    const acks = [of(({ ackP50 }) => ackP50), of(({ ackP99 }) => ackP99)]
    return [
      row.title,
      shown(of(({ eventsPerSecond }) => eventsPerSecond)),
      shown(shareOfCeiling, 2),
      acks.every(Number.isFinite) ? acks.map((ms) => ms.toFixed(1)).join(' / ') : '',
      ...CPU_KINDS.map(microseconds),
      shown(of(({ peakMegabytes }) => peakMegabytes.api)),
      shown(of(({ peakMegabytes }) => peakMegabytes.worker)),
    ]
  })
  return table(head, lines)
}

/** NaN if the row was left out. */
function rateOf(round: Round, id: string): number {
  return round[id]?.eventsPerSecond ?? Number.NaN
}

function shown(value: number, decimals = 0): string {
  return Number.isNaN(value) || value === 0 ? '' : value.toFixed(decimals)
}
