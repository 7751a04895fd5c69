// The queries and answers of the quarantine's routes.
import { type Static, Type } from 'typebox'
import { UUID_PATTERN } from './event.ts'
import { count, filter, game, named, nextCursor, nullable, page, query, text, time } from './fields.ts'
import { REJECTION_GROUPS_MAX, REJECTION_SAMPLES, REPLAY_EVENTS_MAX } from './limits.ts'
import { KnownReasonSchema, RejectionReasonSchema, RejectionSchema } from './rejection.ts'

const uuid = Type.String({ pattern: UUID_PATTERN })

export const RejectionParamsSchema = Type.Object({
  game,
  rejection_id: Type.String({ pattern: UUID_PATTERN, description: 'The `rejection_id` in a list.' }),
})

export const RejectionsQuerySchema = query({
  reason: Type.Optional(KnownReasonSchema),
  name: Type.Optional(filter('Only events with this name.')),
  app_version: Type.Optional(filter('Only events of this version of the game.')),
  ...page,
})

const { index, event_id, ...verdict } = RejectionSchema.properties

export const StoredRejectionSchema = named('StoredRejection', 'A rejected event in quarantine.', {
  rejection_id: Type.String(),
  received_at: text('When the request was received, by the server’s clock.'),
  sent_at: nullable(text('When the request was sent, by the client’s clock.')),
  ...verdict,
  event_id,
  name: nullable(text('The name in the event. A long name is cut.')),
  app_version: nullable(text('The app_version in the event. A long one is cut.')),
  key_fingerprint: nullable(text('The fingerprint of the key that sent the event, as `playtrace keys` lists it.')),
  batch_id: Type.String(),
  replayed_at: nullable(text('When a replay of the event was stored.')),
  raw: text('The event as sent. A list has at most 64 KiB of it.'),
  raw_bytes: count('The length of the event as sent, in bytes.'),
})
export type StoredRejection = Static<typeof StoredRejectionSchema>

export const RejectionsPageSchema = named('RejectionsPage', 'A page of rejected events.', {
  rejections: Type.Array(StoredRejectionSchema, { description: 'Newest first.' }),
  next_cursor: nextCursor,
})
export type RejectionsPage = Static<typeof RejectionsPageSchema>

const RejectionGroupSchema = named(
  'RejectionGroup',
  'Rejected events with the same reason, `name` and `app_version`.',
  {
    reason: RejectionReasonSchema,
    name: nullable(Type.String()),
    app_version: nullable(Type.String()),
    events: count('The number of events of this group in quarantine.'),
    replayed: count('The number of these events that were stored by a replay.'),
    first_received_at: time('When the oldest of these events was received.'),
    last_received_at: time('When the newest of these events was received.'),
    samples: Type.Array(Type.Object({ rejection_id: Type.String(), path: Type.String(), message: Type.String() }), {
      description: `The newest of these events, at most ${REJECTION_SAMPLES}.`,
    }),
  },
)
export type RejectionGroup = Static<typeof RejectionGroupSchema>

export const RejectionGroupsSchema = named('RejectionGroups', 'The rejected events of a game by group.', {
  groups: Type.Array(RejectionGroupSchema, {
    description: `Largest first, at most ${REJECTION_GROUPS_MAX} groups.`,
  }),
  groups_left_out: count('The number of smaller groups that are left out.'),
  not_kept: count(
    'The number of events that were rejected within QUARANTINE_DAYS and not kept, because too many arrived in a minute.',
  ),
})
export type RejectionGroups = Static<typeof RejectionGroupsSchema>

export const RENAMED_FIELD_PATTERN = /^\/(properties\/)?([^~/]|~[01])+$/.source
const field = Type.String({
  pattern: RENAMED_FIELD_PATTERN,
  maxLength: 300,
  description: 'A JSON Pointer to a field (`/lvl`) or to a property (`/properties/lvl`).',
})

const ReplayGroupSchema = Type.Object(
  {
    reason: KnownReasonSchema,
    name: Type.Optional(nullable(filter('Only events with this name.'))),
    app_version: Type.Optional(nullable(filter('Only events of this version of the game.'))),
  },
  {
    additionalProperties: false,
    title: 'ReplayGroup',
    description:
      'Rejections by reason, `name` and `app_version`. If one of the two is null, only events without it match. If it is absent, all events match.',
  },
)
export type ReplayGroup = Static<typeof ReplayGroupSchema>

export const ReplayRequestSchema = Type.Object(
  {
    ids: Type.Optional(Type.Array(uuid, { minItems: 1, maxItems: REPLAY_EVENTS_MAX })),
    group: Type.Optional(ReplayGroupSchema),
    rename: Type.Optional(
      Type.Object(
        { from: field, to: field },
        {
          additionalProperties: false,
          description:
            'Renames a field. An event is not changed if it has no field `from`, or already has a field `to`.',
        },
      ),
    ),
    cursor: Type.Optional(text('The `next_cursor` of the previous answer.')),
  },
  {
    additionalProperties: false,
    title: 'ReplayRequest',
    description: 'Either `ids` or `group`. With `group`, only rejections that have not been replayed are sent again.',
  },
)
export type ReplayRequest = Static<typeof ReplayRequestSchema>

export const ReplayAnswerSchema = named('ReplayAnswer', 'The verdict on each event that was sent again.', {
  accepted: count('The number of accepted events. They are on disk, and a repeated replay stores each of them once.'),
  rejected: Type.Array(Type.Object({ rejection_id: Type.String(), event_id, ...verdict }), {
    description: 'Events that were rejected again. They stay in quarantine without a change.',
  }),
  batch_id: nullable(text('The batch of the replayed events. Null if none was sent again.')),
  next_cursor: nullable(
    text('Send the same request with this as `cursor` to replay the rest. Null if nothing is left.'),
  ),
})
export type ReplayAnswer = Static<typeof ReplayAnswerSchema>
