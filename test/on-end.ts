// What a test opened is closed when it ends, the last opened first: a pool before the database it is connected to.
import type { TestContext } from 'node:test'

type Close = () => unknown

/** What does not close by then is given up on, so that the others are closed all the same. */
const CLOSE_MS_MAX = 20_000

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
    const errors: unknown[] = []
    for (const closeOne of closers.reverse()) await within(closeOne).catch((error) => errors.push(error))
    if (errors.length > 0) throw new AggregateError(errors, 'Not everything could be closed.')
  })
}

async function within(close: Close): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`Not closed within ${CLOSE_MS_MAX} ms: ${close}`)), CLOSE_MS_MAX)
  try {
    await Promise.race([close(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
