// The reach: figures that Playtrace is to come to on two cores, and whether this run did.
import { table } from '../../chaos/table.ts'
import type { BacklogFigures } from './backlog.ts'
import { ratio } from './compare-table.ts'
import type { Figures } from './figures.ts'
import type { Round } from './rounds.ts'
import { median } from './statistics.ts'
import type { QueueKind } from './system/playtrace.ts'

const MEGABYTE = 1024 ** 2

/** What a run measured beside its rounds; absent where it did not. */
export interface Extras {
  idleBytes?: number
  backlog?: Record<QueueKind, BacklogFigures>
  /** Throughput with many rows in the table ÷ with none. */
  growth?: { rows: number; ratio: number; from: string } | undefined
}

interface Target {
  figure: string
  measured: number
  atLeast: number
  aim: number
  decimals: number
}

/** @returns a table: each figure, what was measured, and what it should be; what was not measured is left out where asked */
export function targetsTable(rounds: Round[], extras: Extras, { all }: { all: boolean }): string {
  const targets = targetsOf(rounds, extras).filter(({ measured }) => all || !Number.isNaN(measured))
  const lines = targets.map(({ figure, measured, atLeast, aim, decimals }) => {
    const show = (value: number) => (Number.isNaN(value) ? '' : value.toFixed(decimals))
    return [figure, show(measured), String(atLeast), String(aim), verdict(measured, atLeast, aim)]
  })
  return table(['figure', 'measured', 'at least', 'aim', ''], lines)
}

/** More is better where the aim is above what it must be at least. */
function verdict(measured: number, atLeast: number, aim: number): string {
  if (Number.isNaN(measured)) return 'not measured'
  const reaches = (bound: number) => (aim > atLeast ? measured >= bound : measured <= bound)
  if (reaches(aim)) return 'aim met'
  return reaches(atLeast) ? 'met' : 'NOT MET'
}

function targetsOf(rounds: Round[], { idleBytes, backlog, growth }: Extras): Target[] {
  const queues = [
    { id: 'pg', title: 'PostgreSQL queue', kind: 'postgres' as const, shareAtLeast: 0.6 },
    { id: 'redis', title: 'Redis queue', kind: 'redis' as const, shareAtLeast: 0.65 },
  ]
  const ofQueue = queues.flatMap(({ id, title, kind, shareAtLeast }): Target[] => {
    const of = (row: string, read: (figures: Figures) => number | undefined) =>
      median(rounds.map((round) => (round[row] ? (read(round[row]) ?? Number.NaN) : Number.NaN)))
    const ratioTo = (size: number, other: string) => ratio(rounds, `${id}-${size}`, other)
    const memory = (process: 'api' | 'worker') =>
      (backlog?.[kind].peakBytes[process] ?? Number.NaN) / MEGABYTE
    const at70 = (size: number, which: 'ack' | 'visible') =>
      of(`${id}-${size}`, ({ at70 }) => at70?.[which]?.p99)
    const queued = of(`${id}-50`, ({ queueBytesPerEvent }) => queueBytesPerEvent)
    const target = (figure: string, measured: number, atLeast: number, aim: number, decimals: number) => ({
      figure: `${figure}, ${title}`,
      ...{ measured, atLeast, aim, decimals },
    })
    return [
      target('requests of 50, share of the dedupe ceiling', ratioTo(50, 'ceiling'), shareAtLeast, 0.8, 2),
      target('requests of 50, × as commonly built', ratioTo(50, 'built-50'), 20, 30, 1),
      target('requests of 1, × as commonly built', ratioTo(1, 'built-1'), 5, 8, 1),
      target('requests of 1, share of Fastify only', ratioTo(1, 'fastify'), 0.55, 0.8, 2),
      target('requests of 50 at 70 %: ack p99 (ms)', at70(50, 'ack'), 50, 20, 1),
      target('requests of 1 at 70 %: ack p99 (ms)', at70(1, 'ack'), 50, 20, 1),
      target('requests of 50 at 70 %: ack → visible p99 (ms)', at70(50, 'visible'), 1000, 200, 1),
      target('requests of 1 at 70 %: ack → visible p99 (ms)', at70(1, 'visible'), 1000, 200, 1),
      target(
        `API's memory over a backlog of ${backlog?.[kind].events ?? 0} (MB)`,
        memory('api'),
        256,
        160,
        0,
      ),
      target(`worker's memory over it (MB)`, memory('worker'), 256, 160, 0),
      target('bytes per event in the queue, requests of 50', queued, 150, 90, 0),
    ]
  })
  return [
    ...ofQueue,
    {
      figure: `throughput at ${growth ? `${growth.rows / 1_000_000} million rows (${growth.from})` : '20 million rows'} ÷ at 0`,
      ...{ measured: growth?.ratio ?? Number.NaN, atLeast: 0.85, aim: 1, decimals: 2 },
    },
    {
      figure: 'ingestion with rollups ÷ without, requests of 50, PostgreSQL queue',
      ...{ measured: ratio(rounds, 'folded', 'unfolded'), atLeast: 0.85, aim: 1, decimals: 2 },
    },
    {
      figure: 'idle memory of everything, embedded (MB)',
      ...{ measured: (idleBytes ?? Number.NaN) / MEGABYTE, atLeast: 400, aim: 250, decimals: 0 },
    },
  ]
}
