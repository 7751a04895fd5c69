// The bench's side of the load generator, and the messages between the two processes.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

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

export function startLoad(): Load {
  const child = fork(new URL('./load-program.ts', import.meta.url), { serialization: 'advanced' })
  return {
    pid: child.pid as number,
    prepare: (plan) => ask<number>(child, { do: 'prepare', plan }),
    send: () => ask<LoadResult>(child, { do: 'send' }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** @throws what the child throws, and an error if it ends without an answer */
async function ask<Answer>(child: ChildProcess, question: LoadQuestion): Promise<Answer> {
  const ended = new AbortController()
  const onExit = () => ended.abort(new Error('The load generator ended early.'))
  child.once('exit', onExit)
  try {
    child.send(question)
    const [answer] = await once(child, 'message', { signal: ended.signal })
    if ('failed' in answer) throw new Error(answer.failed)
    return answer.result
  } finally {
    child.off('exit', onExit)
  }
}
