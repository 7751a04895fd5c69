// The bench's side of the load generator, and the messages between the two processes.
import { ask, endChild, startChild } from './child.ts'

export interface LoadPlan {
  url: string
  headers: Record<string, string>
  seed: number
  events: number
  /** Events in a request; with 1 the body is the event itself. */
  requestEvents: number
  connections: number
  /** Present: the next events of a history with about this many in all. Absent: new events of the last minute. */
  history?: { todayMs: number; events: number } | undefined
}

export interface LoadResult {
  /** Milliseconds since 1970 when the first request was sent. */
  startedMs: number
  /** One figure a request, from sending it to its answer. */
  latenciesMs: Float64Array
}

export type LoadQuestion = { do: 'prepare'; plan: LoadPlan } | { do: 'send' }

export interface Load {
  pid: number
  /** Makes the requests. @returns how many events they carry, which is fewer only at the end of a history */
  prepare(plan: LoadPlan): Promise<number>
  send(): Promise<LoadResult>
  stop(): Promise<void>
}

export async function startLoad(): Promise<Load> {
  const child = await startChild(new URL('./load-program.ts', import.meta.url))
  return {
    pid: child.pid as number,
    async prepare(plan) {
      const question: LoadQuestion = { do: 'prepare', plan }
      return (await ask<{ events: number }>(child, question)).events
    },
    send: () => ask<LoadResult>(child, { do: 'send' } satisfies LoadQuestion),
    stop: () => endChild(child),
  }
}
