// `playtrace explain <event_id>`: prints where an event is, as sentences and then as the full answer of the API.
import type { Config } from '../config.ts'
import type { Explanation } from '../contract/reading.ts'
import { askServer, type GameOptions } from './ask-server.ts'

/** @returns the exit code: 1 if the event was not found */
export async function explain(
  config: Config,
  eventId: string,
  { occurredAt, ...options }: GameOptions & { occurredAt?: string },
): Promise<number> {
  const query = occurredAt === undefined ? '' : `?${new URLSearchParams({ occurred_at: occurredAt })}`
  const text = await askServer(config, options, `events/${encodeURIComponent(eventId)}${query}`)
  const explanation = JSON.parse(text) as Explanation
  for (const sentence of sentencesOf(explanation)) console.log(sentence)
  console.log(text)
  return explanation.state === 'unknown' ? 1 : 0
}

export function sentencesOf({ stored, queued, rejected, searched }: Explanation): string[] {
  const sentences = [
    ...stored.map(
      ({ batch_id, occurred_at, received_at, corrected_at, stored_at }) =>
        `stored ${stored_at ?? '(time no longer known)'} by batch ${batch_id}; occurred_at ${occurred_at}, received_at ${received_at}, corrected_at ${corrected_at}`,
    ),
    ...queued.map(
      ({ batch_id, state, verdict, enqueued_at, attempts, error }) =>
        `in the queue (${state}) since ${enqueued_at} as ${verdict}, batch ${batch_id}, ${attempts} attempts${error && `, last error: ${error}`}`,
    ),
    ...rejected.map(
      ({ rejection_id, received_at, reason, path, message }) =>
        `rejected, received_at ${received_at}: ${reason} ${path} ${message} (rejection ${rejection_id})`,
    ),
  ]
  if (sentences.length === 0) sentences.push('not found')
  if (searched.batches_left_out > 0)
    sentences.push(`${searched.batches_left_out} older batches in the queue were not searched`)
  if (!searched.events_complete) sentences.push('the search of the stored events timed out; give --occurred-at')
  return sentences
}
