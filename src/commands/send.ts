// `playtrace send FILE`: sends the events of a file, gzipped or not, to a running server.
import { awaitBatches } from '../client/await-batches.ts'
import type { Delivery } from '../client/deliver-events.ts'
import { ndjsonBody } from '../client/encode-body.ts'
import { openSource, type Source, SourceError } from '../client/open-source.ts'
import { type Entry, PostError } from '../client/post-events.ts'
import { BELIEVED_DAYS, prepareLine } from '../client/prepare-line.ts'
import { readEvents } from '../client/read-events.ts'
import { RETRY_LIMITS, type RetryLimits } from '../client/retry-delay.ts'
import { runDelivery } from '../client/run-delivery.ts'
import { stopOnSignal, type Terminal } from '../client/terminal.ts'
import { REQUEST_INFLATED_BYTES_MAX } from '../contract/limits.ts'

export interface SendOptions {
  /** The path of the file, or `-` for standard input. */
  file: string
  /** The server's address, such as http://127.0.0.1:3000. */
  url: string
  /** A write key. */
  key: string
  /** A key that may read the game. If it is given, the command waits until the events are stored. */
  readKey?: string | undefined
  limits?: RetryLimits
}

const REQUEST_EVENTS = 500

/** A line of this length and its newline fill one request. */
const LINE_BYTES_MAX = REQUEST_INFLATED_BYTES_MAX - 1

/** @returns the exit code */
export async function send(options: SendOptions, terminal: Terminal = process): Promise<number> {
  const { file, url, key, readKey, limits = RETRY_LIMITS } = options
  const interrupt = stopOnSignal(terminal)
  try {
    const source = await openSource(file, terminal.stdin)
    const { bytesTotal } = source
    const progress = bytesTotal === undefined ? undefined : { total: bytesTotal, value: source.bytesRead }
    const found: Found = { numbered: 'line', old: 0 }
    const feed = (delivery: Delivery, stop: AbortSignal) => sendEvents(source, delivery, stop, found)
    const run = { url, key, encode: ndjsonBody, limits, feed, progress, numbered: () => found.numbered }
    const { tally, problems } = await runDelivery(run, terminal, interrupt)
    if (tally.sent === 0 && problems.size === 0) terminal.stderr.write(`${file} contains no events.\n`)
    if (found.old > 0) terminal.stderr.write(oldTimes(found.old))
    const isStored =
      readKey === undefined ||
      (await reportStored(tally.batchIds, { url, key: readKey, limits, ...interrupt }, terminal))
    return (
      interrupt.exitCode() ?? (problems.size > 0 || tally.accepted < tally.sent + tally.notSent || !isStored ? 1 : 0)
    )
  } catch (error) {
    if (!(error instanceof SourceError || error instanceof PostError)) throw error
    terminal.stderr.write(`${error.message}\n`)
    return 1
  } finally {
    interrupt.release()
  }
}

/** @returns whether all batches are stored */
async function reportStored(
  batchIds: Set<string>,
  options: Parameters<typeof awaitBatches>[1],
  { stdout, stderr }: Terminal,
): Promise<boolean> {
  if (batchIds.size === 0) return true
  const { stored, repeatedEvents, notKnown } = await awaitBatches(batchIds, options)
  const least = notKnown > 0 ? 'at least ' : ''
  stdout.write(
    `batches ${batchIds.size}, stored ${stored}, events that were already stored: ${least}${repeatedEvents}\n`,
  )
  if (stored < batchIds.size)
    stderr.write(
      'The command could not confirm that all batches are stored. `playtrace dead-letters list` shows batches that failed.\n',
    )
  return stored === batchIds.size
}

/** What was found in the file. */
interface Found {
  numbered: 'line' | 'event'
  /** The number of events with old times. */
  old: number
}

function oldTimes(events: number): string {
  return (
    `Events that happened more than ${BELIEVED_DAYS} days ago: ${events}. By default, reports count them on the day on which they ` +
    'were received. To count them on their own day, run `playtrace games set` before you send them.\n'
  )
}

async function sendEvents(source: Source, delivery: Delivery, stop: AbortSignal, found: Found): Promise<void> {
  // A read from an idle pipe waits for ever. Only closing the source ends it.
  stop.addEventListener('abort', source.close)
  let batch: Entry[] = []
  let batchBytes = 0
  try {
    const { numbered, events } = await readEvents(source.chunks, LINE_BYTES_MAX)
    found.numbered = numbered
    for await (const { number, bytes, length } of events) {
      if (length > LINE_BYTES_MAX) {
        const message = `The ${numbered} has ${length} bytes; the limit is ${LINE_BYTES_MAX}. It was not sent.`
        delivery.reject({ number, reason: 'body_too_large', path: '', message })
        continue
      }
      // NDJSON cannot have an empty event: the server skips blank lines.
      if (length === 0) {
        delivery.reject({ number, reason: 'invalid_json', path: '', message: 'The event is empty. It was not sent.' })
        continue
      }
      const { json, isOld } = prepareLine(bytes, Date.now())
      if (isOld) found.old++
      // A pipe may never end.
      if (delivery.hasFailed() && source.bytesTotal === undefined) return
      if (batch.length === REQUEST_EVENTS || batchBytes + json.length + 1 > REQUEST_INFLATED_BYTES_MAX) {
        await delivery.deliver(batch)
        if (stop.aborted) return
        batch = []
        batchBytes = 0
      }
      batch.push({ number, json })
      batchBytes += json.length + 1
    }
    if (batch.length > 0) await delivery.deliver(batch)
  } catch (error) {
    if (!stop.aborted) throw error
  } finally {
    stop.removeEventListener('abort', source.close)
    source.close()
  }
}
