// `playtrace explain <event_id>`: where is this event? A sentence first, then everything that is known.
import type { Config } from '../config.ts'
import type { Explanation } from '../contract/reading.ts'
import { askServer, type GameOptions } from './ask-server.ts'

/** @returns the exit code: 1 when the event is in none of the places that were searched */
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
        `stored ${stored_at ?? '(longer ago than is remembered)'} by batch ${batch_id}; occurred ${occurred_at}, received ${received_at}, corrected ${corrected_at}`,
    ),
    ...queued.map(
      ({ batch_id, state, verdict, enqueued_at, attempts, error }) =>
        `${state} in the queue since ${enqueued_at} (${verdict}), batch ${batch_id}, ${attempts} attempts${error && `: ${error}`}`,
    ),
    ...rejected.map(
      ({ rejection_id, received_at, reason, path, message }) =>
        `rejected, received ${received_at}: ${reason} ${path} ${message} (rejection ${rejection_id})`,
    ),
  ]
  if (sentences.length === 0) sentences.push('not found')
  if (searched.batches_left_out > 0)
    sentences.push(`${searched.batches_left_out} older batches of the queue were not looked into`)
  if (!searched.events_complete)
    sentences.push('the search of stored events ran out of time: give --occurred-at')
  return sentences
}
