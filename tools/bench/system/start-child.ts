// A program of the bench's own as a child process, up when this returns.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** The program says `{ ready: true }` when it is, and ends when its channel closes. */
export async function startChild(program: string, args: (string | number)[]): Promise<ChildProcess> {
  const child = fork(program, args.map(String))
  const ended = new AbortController()
  const onExit = () => ended.abort(new Error(`${program} ended before it was ready.`))
  child.once('exit', onExit)
  await once(child, 'message', { signal: ended.signal })
  child.off('exit', onExit)
  return child
}
