// Notices that the npm that runs this process has ended.

const NPM_CHECK_INTERVAL_MS = 500

/**
 * Calls `end` when the npm that runs this process has ended. npm passes SIGTERM to its shell, and the shell ends without passing
 * it on. The new parent of this process shows that the shell has ended.
 */
export function whenNpmEnds(end: () => void): void {
  if (!process.env['npm_lifecycle_event']) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    end()
  }, NPM_CHECK_INTERVAL_MS)
  timer.unref()
}
