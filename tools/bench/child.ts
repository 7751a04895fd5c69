// Programs of the bench that run as child processes: one question and one answer at a time over the child's channel.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** Starts a program that sends a message when it is ready. */
export async function startChild(program: URL, args: (string | number)[] = []): Promise<ChildProcess> {
  const child = fork(program, args.map(String), { serialization: 'advanced' })
  await nextMessage(child)
  return child
}

/** @throws the child's error if the answer is `{ failed }`, and an error if the child ends without an answer */
export async function ask<Answer extends object>(child: ChildProcess, question: object): Promise<Answer> {
  child.send(question)
  const answer = (await nextMessage(child)) as Answer | { failed: string }
  if ('failed' in answer) throw new Error(answer.failed)
  return answer
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController()
  const onExit = () => ended.abort()
  child.once('exit', onExit)
  try {
    const [message] = await once(child, 'message', { signal: ended.signal })
    return message
  } catch (cause) {
    throw new Error(`The process ${child.spawnargs.slice(1).join(' ')} ended early.`, { cause })
  } finally {
    child.off('exit', onExit)
  }
}

/** Closes the child's channel, which ends it, and waits for its end. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}

/** In the child: tells the bench that this program is ready, and ends with the bench. */
export function ready(): void {
  process.on('SIGINT', () => {}) // A Ctrl-C reaches the bench too, which closes the channel.
  process.on('disconnect', () => process.exit())
  process.send?.({ ready: true })
}
