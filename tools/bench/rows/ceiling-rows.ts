// The rows that nothing can exceed: PostgreSQL alone, written to by one client.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '../../../src/storage/embedded-postgres.ts'
import type { Figures } from '../figures.ts'
import { ask, dismiss } from '../load/ask.ts'
import { assertStored, perMillion } from '../measure.ts'
import { openPlaytraceStorage } from '../system/playtrace-storage.ts'
import { startCpuMeter } from '../system/process-usage.ts'
import type { CeilingCommand, CeilingPlan } from './ceiling.ts'
import { warmUpEvents } from './measured.ts'
import type { Row, RowContext } from './row.ts'

const PROGRAM = fileURLToPath(new URL('./ceiling.ts', import.meta.url))
const BATCHES_EVENTS: [number, ...number[]] = [500, 1_000, 2_000, 5_000]
const EVENTS = 250_000

export const CEILING_ROWS: Row[] = [
  {
    id: 'ceiling',
    title: 'ceiling, dedupe',
    events: EVENTS,
    choices: { of: 'events in a batch', values: BATCHES_EVENTS },
    run: (context, batchEvents) => onServer(context, 'dedupe', batchEvents),
  },
  {
    id: 'bare',
    title: 'ceiling, bare',
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
  const prepare = (count: number) => {
    const plan = { kind, databaseUrl: server.url, data, seed, events: count, batchEvents }
    return ask(child, { do: 'prepare', plan } satisfies CeilingCommand)
  }
  const write = () => ask<{ tookMs: number }>(child, { do: 'write' } satisfies CeilingCommand)
  try {
    await storage.empty()
    await prepare(warmUpEvents(events))
    await write()
    await prepare(events)
    const before = { rows: await storage.countEvents(), bytes: await storage.bytes() }
    const client = [child.pid as number]
    const stopMeter = startCpuMeter({ api: [], worker: client, database: [server.pid], redis: [], load: [] })
    const { tookMs } = await write()
    const { seconds, othersCores } = stopMeter()
    if (kind === 'dedupe') await assertStored(storage, before.rows + events)
    return {
      eventsPerSecond: (events * 1000) / tookMs,
      cpu: perMillion(seconds, events),
      othersCores,
      ...(kind === 'dedupe' && { diskBytesPerEvent: ((await storage.bytes()) - before.bytes) / events }),
    }
  } finally {
    await dismiss(child)
    await storage.close()
  }
}
