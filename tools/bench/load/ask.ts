// One question and one answer over a child process's channel.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** @throws with the child's own words where its answer is `{ failed }`, or where it ends instead of answering */
export async function ask<Answer extends object>(child: ChildProcess, question: object): Promise<Answer> {
  const ended = new AbortController()
  const answered = once(child, 'message', { signal: ended.signal }) as Promise<[Answer | { failed: string }]>
  const onExit = () => ended.abort()
  child.once('exit', onExit)
  try {
    child.send(question)
    const [answer] = await answered
    if ('failed' in answer) throw new Error(answer.failed)
    return answer
  } finally {
    child.off('exit', onExit)
  }
}

/** In the child: answers each question in turn. It ends with the bench. */
export function answerQuestions<Question>(answer: (question: Question) => Promise<object>): void {
  process.on('message', (question: Question) => {
    answer(question).then(
      (result) => process.send?.(result),
      (error: Error) => process.send?.({ failed: error.stack ?? error.message }),
    )
  })
  endWithParent()
}

/** Not with a Ctrl-C, which is for the bench: it finishes what is under way. */
export function endWithParent(): void {
  process.on('SIGINT', () => {})
  process.on('disconnect', () => process.exit())
}

/** Has the child end by itself, and waits for it. */
export async function dismiss(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}
