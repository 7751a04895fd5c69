// The table of `npm run bench`: a line a row, medians of the rounds, ratios made within each round.
import { table } from '../../chaos/table.ts'
import type { Figures, Latency } from './figures.ts'
import type { Round } from './rounds.ts'
import type { Row } from './rows/row.ts'
import { median } from './statistics.ts'

const MEGABYTE = 1024 ** 2

const HEAD = [
  'row: events a request',
  'events/s',
  'share of ceiling',
  '× as built',
  'ack ms p50 / p99',
  'ack → visible',
  'CPU s/million: API',
  'worker',
  'database',
  'Redis',
  'load',
  'peak MB: API',
  'worker',
  'bytes/event: queue',
  'disk',
  'at 70 %: ack',
  'ack → visible',
]

export function compareTable(rows: Row[], rounds: Round[]): string {
  return table(
    HEAD,
    rows.map((row) => {
      const of = (read: (figures: Figures) => number | undefined) =>
        median(rounds.map((round) => read(round[row.id] as Figures) ?? Number.NaN))
      const latency = (read: (figures: Figures) => Latency | undefined) => {
        const [p50, p99] = [of((one) => read(one)?.p50), of((one) => read(one)?.p99)]
        return Number.isNaN(p50) ? '' : `${p50.toFixed(1)} / ${p99.toFixed(1)}`
      }
      const cpu = (kind: keyof Figures['cpu']) =>
        number(
          of((figures) => figures.cpu[kind]),
          1,
        )
      const megabytes = (kind: 'api' | 'worker') =>
        number(of((figures) => (figures.peakBytes?.[kind] ?? Number.NaN) / MEGABYTE))
      return [
        row.title,
        number(of((figures) => figures.eventsPerSecond)),
        number(ratio(rounds, row.id, 'ceiling'), 2),
        row.baseline ? number(ratio(rounds, row.id, row.baseline), 1) : '',
        latency(({ ack }) => ack),
        latency(({ visible }) => visible),
        cpu('api'),
        cpu('worker'),
        cpu('database'),
        cpu('redis'),
        cpu('load'),
        megabytes('api'),
        megabytes('worker'),
        number(of(({ queueBytesPerEvent }) => queueBytesPerEvent)),
        number(of(({ diskBytesPerEvent }) => diskBytesPerEvent)),
        latency(({ at70 }) => at70?.ack),
        latency(({ at70 }) => at70?.visible),
      ]
    }),
  )
}

/** Throughput by throughput, each round by itself; NaN where one of the two was not run. */
export function ratio(rounds: Round[], id: string, other: string): number {
  return median(
    rounds.map(
      (round) => (round[id]?.eventsPerSecond ?? Number.NaN) / (round[other]?.eventsPerSecond ?? Number.NaN),
    ),
  )
}

function number(value: number, decimals = 0): string {
  return Number.isNaN(value) || value === 0 ? '' : value.toFixed(decimals)
}
