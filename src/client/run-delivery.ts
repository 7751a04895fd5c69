// Runs the delivery of a command: shows progress, handles Ctrl-C, and prints rejections, problems and counts.

import { type Delivery, openDelivery, type Tally } from './deliver-events.ts'
import { SourceError } from './open-source.ts'
import { PostError, type PostOptions } from './post-events.ts'
import { RETRY_LIMITS, type RetryLimits } from './retry-delay.ts'
import { type Interrupt, progressBar, showProgress, type Terminal } from './terminal.ts'

interface DeliveryRun extends Pick<PostOptions, 'url' | 'key' | 'encode'> {
  limits?: RetryLimits | undefined
  /** Delivers all events, or stops when `stop` is aborted. */
  feed: (delivery: Delivery, stop: AbortSignal) => Promise<void>
  /** The total and current value of the progress bar. If absent, there is no bar. */
  progress?: { total: number; value: () => number } | undefined
  /** What the number of an entry counts. If absent, rejections are only counted. */
  numbered?: () => 'line' | 'event'
}

/**
 * Prints the counts to stdout and everything else to stderr.
 * @returns the counts, and the messages of errors that ended the run early
 */
export async function runDelivery(run: DeliveryRun, terminal: Terminal, { stop }: Interrupt) {
  const startedMs = Date.now()
  const retries = watchRetries(run, terminal)
  const { url, key, encode, limits = RETRY_LIMITS } = run
  const delivery = openDelivery({ url, key, encode, stop, limits, onRetry: retries.onRetry })
  const { tally } = delivery
  const progress = showProgress(terminal.stderr, () => {
    const bar = run.progress ? `${progressBar(run.progress.value(), run.progress.total)} · ` : ''
    const speed = perSecond(tally.accepted, Date.now() - startedMs)
    return `${bar}sent ${tally.sent} · accepted ${tally.accepted} · rejected ${tally.rejected} · ${speed}/s${retries.state()}`
  })
  const problems = new Set<string>()
  const note = (error: unknown) => {
    if (!(error instanceof PostError || error instanceof SourceError)) throw error
    problems.add(error.message)
  }
  try {
    await run.feed(delivery, stop).catch(note)
    await delivery.finish().catch(note)
  } finally {
    progress.stop()
  }
  if (run.numbered) printRefused(tally, run.numbered(), terminal)
  for (const problem of problems) terminal.stderr.write(`${problem}\n`)
  printCounts(tally, Date.now() - startedMs, terminal)
  return { tally, problems }
}

/** Shows why the delivery waits: in the progress line on a terminal, and once as a separate line elsewhere. */
function watchRetries({ url, limits = RETRY_LIMITS }: DeliveryRun, { stderr }: Terminal) {
  let cause = ''
  let untilMs = 0
  return {
    onRetry(retryCause: string, delayMs: number) {
      if (cause === '' && !stderr.isTTY) {
        const seconds = Math.round(limits.withoutProgressMaxMs / 1000)
        stderr.write(`${url}: ${retryCause}. Retrying for up to ${seconds} s without progress.\n`)
      }
      cause = retryCause
      untilMs = Date.now() + delayMs
    },
    state: () => (Date.now() < untilMs ? ` · waiting: ${cause}` : ''),
  }
}

function printRefused({ rejected, rejections, keptBack }: Tally, numbered: string, { stderr }: Terminal): void {
  for (const { number, reason, path, message } of rejections) {
    stderr.write(`${numbered} ${number}: ${reason}${path && ` at ${path}`}: ${message}\n`)
  }
  const more = rejected - rejections.length
  if (more > 0) stderr.write(`and ${more} more rejected.\n`)
  for (const { number, message } of keptBack)
    stderr.write(
      `${numbered} ${number}: a proxy refused it: ${message}. Raise the limit of the proxy, then send it again.\n`,
    )
}

function printCounts({ sent, accepted, rejected, notSent }: Tally, durationMs: number, { stdout }: Terminal): void {
  const unanswered = sent - accepted - rejected
  const counts = `sent ${sent}, accepted ${accepted}, rejected ${rejected}`
  const open = [unanswered > 0 ? `, unanswered ${unanswered}` : '', notSent > 0 ? `, not sent ${notSent}` : ''].join('')
  const speed = stdout.isTTY
    ? ` in ${(durationMs / 1000).toFixed(1)} s, ${perSecond(accepted, durationMs)} events/s`
    : ''
  stdout.write(`${counts}${open}${speed}\n`)
}

function perSecond(events: number, durationMs: number): number {
  return Math.round((events * 1000) / Math.max(1, durationMs))
}
