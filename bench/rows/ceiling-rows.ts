// The rows that nothing can exceed: PostgreSQL alone, written to by one client.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '../../src/storage/embedded-postgres.ts'
import type { Figures } from '../figures.ts'
import { ask, dismiss } from '../load/ask.ts'
import { openPlaytraceStorage } from '../system/playtrace-storage.ts'
import { cpuSecondsOf, machineCpuSeconds, peakBytesOf } from '../system/process-usage.ts'
import type { CeilingCommand, CeilingPlan } from './ceiling.ts'
import { warmUpEvents } from './measured.ts'
import type { Row, RowContext } from './row.ts'

const PROGRAM = fileURLToPath(new URL('./ceiling.ts', import.meta.url))
const BATCHES_EVENTS: [number, ...number[]] = [500, 1_000, 2_000, 5_000]
const EVENTS = 250_000

export const CEILING_ROWS: Row[] = [
  {
    id: 'ceiling',
    title: 'ceiling: COPY → dedupe → the real table',
    events: EVENTS,
    choices: { of: 'events in a batch', values: BATCHES_EVENTS },
    run: (context, batchEvents) => onServer(context, 'dedupe', batchEvents),
  },
  {
    id: 'bare',
    title: 'ceiling: COPY into a bare table',
    events: EVENTS,
    run: (context) => onServer(context, 'bare', BATCHES_EVENTS[0]),
  },
]

async function onServer(
  context: RowContext,
  kind: CeilingPlan['kind'],
  batchEvents: number,
): Promise<Figures> {
  let failure: Error | undefined
  const server = await startEmbeddedPostgres({
    dataDir: context.dataDir,
    onExit: (error) => {
      failure = error
    },
  })
  try {
    const figures = await measureCeiling(context, { kind, batchEvents }, server)
    if (failure) throw failure
    return figures
  } finally {
    await server.stop()
  }
}

/** On a server that runs already. */
export async function measureCeiling(
  { data, seed, events }: Pick<RowContext, 'data' | 'seed' | 'events'>,
  { kind, batchEvents }: Pick<CeilingPlan, 'kind' | 'batchEvents'>,
  server: { url: string; pid: number },
): Promise<Figures> {
  const storage = await openPlaytraceStorage(server.url)
  const child = fork(PROGRAM)
  const write = async (count: number): Promise<number> => {
    const plan = { kind, databaseUrl: server.url, data, seed, events: count, batchEvents }
    await ask(child, { do: 'prepare', plan } satisfies CeilingCommand)
    return (await ask<{ tookMs: number }>(child, { do: 'write' } satisfies CeilingCommand)).tookMs
  }
  try {
    await storage.empty()
    await write(warmUpEvents(events))
    const cpu = () => ({
      worker: cpuSecondsOf([child.pid as number]),
      database: cpuSecondsOf([server.pid]),
      machine: machineCpuSeconds(),
    })
    const before = { rows: await storage.countEvents(), bytes: await storage.bytes(), ...cpu() }
    const tookMs = await write(events)
    const after = cpu()
    const rows = (await storage.countEvents()) - before.rows
    if (kind === 'dedupe' && rows !== events) throw new Error(`${rows} rows of ${events} events.`)
    const [worker, database] = [after.worker - before.worker, after.database - before.database]
    const othersCpu = after.machine - before.machine - worker - database
    const perMillion = 1_000_000 / events
    return {
      eventsPerSecond: (events * 1000) / tookMs,
      cpu: {
        api: 0,
        worker: worker * perMillion,
        database: database * perMillion,
        redis: 0,
        load: 0,
      },
      othersCores: Math.max(0, othersCpu) / (tookMs / 1000),
      peakBytes: { api: 0, worker: peakBytesOf([child.pid as number]) },
      ...(kind === 'dedupe' && { diskBytesPerEvent: ((await storage.bytes()) - before.bytes) / events }),
    }
  } finally {
    await dismiss(child)
    await storage.close()
  }
}
