// Why an event is rejected: a closed union, so that a client's code and a quarantine's query can rely on the words.
import { type Static, Type } from 'typebox'

export const REJECTION_REASONS = [
  'invalid_json',
  'not_an_object',
  'missing_field',
  'unknown_field',
  'wrong_type',
  'wrong_length',
  'control_character',
  'invalid_uuid',
  'invalid_time',
  'properties_too_large',
  'properties_too_deep',
  'unstorable_text',
  'unstorable_number',
  /** Given by the worker alone: the database refused an event that the API had accepted. */
  'refused_by_database',
] as const

export type RejectionReason = (typeof REJECTION_REASONS)[number]

export const RejectionReasonSchema = Type.Enum([...REJECTION_REASONS])

/** The verdict on one rejected event, as the sender gets it. */
export const RejectionSchema = Type.Object({
  index: Type.Integer({ minimum: 0, description: 'Which event of the request, counted from 0.' }),
  event_id: Type.Union([Type.String(), Type.Null()], { description: 'As sent, where it was a string.' }),
  reason: RejectionReasonSchema,
  path: Type.String({ description: 'JSON Pointer into the event; empty for the event itself.' }),
  message: Type.String(),
})

export type Rejection = Static<typeof RejectionSchema>
