// Waits until the batches that a server named are stored, and adds up how many of their events were already stored.
import { setTimeout as wait } from 'node:timers/promises'
import type { BatchState, KeyAnswer } from '../contract/reading.ts'
import { PostError, problemText, readJson } from './post-events.ts'
import { type RetryLimits, retryDelayMs } from './retry-delay.ts'

interface ReadOptions {
  url: string
  /** A key that may read the game. */
  key: string
  stop: AbortSignal
  limits: RetryLimits
}

export interface StoredBatches {
  stored: number
  /** Events of the stored batches that were already stored. */
  repeatedEvents: number
  /** Stored batches whose repeated events are not known. */
  notKnown: number
}

/**
 * Ends when all batches are stored, when `stop` is aborted, or when one batch was not stored within the limit of time without progress.
 * @throws PostError if the server refuses the key
 */
export async function awaitBatches(batchIds: Iterable<string>, options: ReadOptions): Promise<StoredBatches> {
  const found: StoredBatches = { stored: 0, repeatedEvents: 0, notKnown: 0 }
  const key = await retried(() => read<KeyAnswer>('v1/key', options), options)
  if (!key) return found
  if (key.game === null) throw new PostError('An installation key names no game. Give a read or admin key of the game.')
  for (const batchId of batchIds) {
    const stored = await retried(async () => {
      const batch = await read<BatchState>(`v1/games/${key.game}/batches/${batchId}`, options)
      return batch?.stored_at ? batch : undefined
    }, options)
    if (!stored) return found
    found.stored++
    found.repeatedEvents += stored.repeated_events ?? 0
    if (stored.repeated_events === null) found.notKnown++
  }
  return found
}

async function retried<T>(ask: () => Promise<T | undefined>, { stop, limits }: ReadOptions): Promise<T | undefined> {
  const giveUpAtMs = Date.now() + limits.withoutProgressMaxMs
  for (let attempt = 0; !stop.aborted && Date.now() < giveUpAtMs; attempt++) {
    const answer = await ask()
    if (answer) return answer
    const delayMs = retryDelayMs(attempt, null, Date.now(), Math.random(), limits)
    await wait(delayMs, undefined, { signal: stop }).catch(() => {})
  }
  return undefined
}

/** @returns undefined if there is no answer, or a status that can change (408, 429, 5xx) */
async function read<T>(path: string, { url, key, stop, limits }: ReadOptions): Promise<T | undefined> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(limits.attemptMaxMs)])
  const response = await fetch(new URL(path, url.endsWith('/') ? url : `${url}/`), {
    headers: { authorization: `Bearer ${key}` },
    signal,
  }).catch(() => undefined)
  if (!response) return undefined
  const text = await response.text().catch(() => '')
  // A captive portal answers 200 with a page.
  if (response.ok) return readJson(text) as T | undefined
  if (response.status === 408 || response.status === 429 || response.status >= 500) return undefined
  throw new PostError(`The server refused the key of --read-key. ${problemText(text, response.status)}.`)
}
