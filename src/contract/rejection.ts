// Why an event is rejected. Senders must accept further reasons, so the set is open in every answer.
import { type Static, Type } from 'typebox'
import { named, openSet, text } from './fields.ts'
import {
  EVENT_BYTES_MAX,
  NUMBER_DECIMALS_MAX,
  NUMBER_EXPONENT_MAX,
  PROPERTIES_BYTES_MAX,
  PROPERTIES_DEPTH_MAX,
} from './limits.ts'

/** The meaning of each reason, as the OpenAPI document gives it. */
const MEANINGS = {
  invalid_body: 'The body could not be divided into events. It is kept as a whole, and its sender was answered 400.',
  invalid_utf8: 'The event is not valid UTF-8.',
  invalid_json: 'The event is not JSON.',
  event_too_large: `The event has more than ${EVENT_BYTES_MAX / 1024} KiB.`,
  not_an_object: 'The event is not a JSON object.',
  missing_field: 'A required field is missing.',
  unknown_field: 'The field is not a field of an event.',
  wrong_type: 'The value has the wrong type.',
  wrong_length: 'The text is empty or too long.',
  blank_text: 'The text has only white space or invisible characters.',
  control_character: 'The name contains a control character.',
  invalid_uuid: '`event_id` is not a UUID.',
  invalid_country: '`country` is not two letters.',
  invalid_time: '`occurred_at` is not an RFC 3339 time with a zone.',
  properties_too_large: `\`properties\` has more than ${PROPERTIES_BYTES_MAX / 1024} KiB.`,
  properties_too_deep: `\`properties\` has more than ${PROPERTIES_DEPTH_MAX} levels.`,
  unstorable_text: 'PostgreSQL cannot store the text: it contains `\\u0000` or half of a surrogate pair.',
  unstorable_number: `PostgreSQL cannot store the number: its exponent is beyond ±${NUMBER_EXPONENT_MAX}, or it has more than ${NUMBER_DECIMALS_MAX.toLocaleString('en')} decimals.`,
  refused_by_database:
    'The database refused an event that the API had accepted. This reason appears only in quarantine.',
}

export type RejectionReason = keyof typeof MEANINGS
export const REJECTION_REASONS = Object.keys(MEANINGS) as RejectionReason[]

/** A reason in a request, where only a known one has a meaning. */
export const KnownReasonSchema = Type.Enum(REJECTION_REASONS, {
  description: 'Only events with this reason.',
})

/** A reason in an answer. */
export const RejectionReasonSchema = openSet(MEANINGS, {
  title: 'RejectionReason',
  description: 'Why the event was rejected.',
})

/** The verdict on one rejected event, as the sender gets it. */
export const RejectionSchema = named('Rejection', 'The verdict on one rejected event.', {
  index: Type.Integer({
    minimum: 0,
    description: 'The position of the event in the request, counted from 0. In NDJSON, blank lines do not count.',
  }),
  event_id: Type.Union([Type.String(), Type.Null()], {
    description: 'The `event_id` as sent, or null if it was not a string.',
  }),
  reason: RejectionReasonSchema,
  path: text('The cause as a JSON Pointer into the event. Empty if the cause is the event itself.'),
  message: text('What is wrong with the event. This text is for people.'),
})

export type Rejection = Static<typeof RejectionSchema>
