// What a test opened is closed when it ends, the last opened first: a pool before the database it is connected to.
import type { TestContext } from 'node:test'

type Close = () => unknown

const closersOf = new WeakMap<TestContext, Close[]>()

export function onEnd(t: TestContext, close: Close): void {
  const known = closersOf.get(t)
  if (known) {
    known.push(close)
    return
  }
  const closers = [close]
  closersOf.set(t, closers)
  t.after(async () => {
    for (const closeOne of closers.reverse()) await closeOne()
  })
}
