// Runs the tasks on the tables at an interval, by default every hour. Any number of workers may run them at the same time.

const INTERVAL_MS = 60 * 60 * 1000

export interface UpkeepTask {
  /** Names the task in an error message. */
  name: string
  /** Ends soon after `stop` is aborted. */
  run: (stop: AbortSignal) => Promise<void>
}

/**
 * Runs the tasks one after another, at once and then at every interval. A task that fails is reported, and the others still run.
 * Nothing waits for the first round: events can be stored without it.
 */
export function startUpkeep(tasks: UpkeepTask[], reportError: (error: Error) => void, intervalMs = INTERVAL_MS) {
  const stopping = new AbortController()
  let running: Promise<void> | undefined

  async function runAll(): Promise<void> {
    for (const { name, run } of tasks) {
      if (stopping.signal.aborted) return
      try {
        await run(stopping.signal)
      } catch (cause) {
        reportError(new Error(`Upkeep failed: ${name}. It is tried again at the next interval.`, { cause }))
      }
    }
  }

  function begin(): void {
    running ??= runAll().finally(() => {
      running = undefined
    })
  }

  begin()
  const timer = setInterval(begin, intervalMs)
  return {
    /** Resolves when the running task has ended. */
    async stop(): Promise<void> {
      clearInterval(timer)
      stopping.abort()
      await running
    },
  }
}
