// The bench's side of the load generator: a child process that is told what to send.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ask, dismiss } from './ask.ts'
import type { LoadCommand, LoadPlan, LoadResult } from './plan.ts'

const PROGRAM = fileURLToPath(new URL('./load.ts', import.meta.url))

export interface LoadProcess {
  pid: number
  /** Makes the requests, outside of the timed part. */
  prepare(plan: LoadPlan): Promise<void>
  send(): Promise<LoadResult>
  stop(): Promise<void>
}

export function startLoadProcess(): LoadProcess {
  const child = fork(PROGRAM, { serialization: 'advanced' })
  const tell = <Answer extends object>(command: LoadCommand) => ask<Answer>(child, command)
  return {
    pid: child.pid as number,
    async prepare(plan) {
      await tell({ do: 'prepare', plan })
    },
    send: () => tell<LoadResult>({ do: 'send' }),
    stop: () => dismiss(child),
  }
}
