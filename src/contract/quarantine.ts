// What the routes of the quarantine take and give.
import { type Static, Type } from 'typebox'
import { UUID_PATTERN } from './event.ts'
import { filterText, nullable, page, time } from './fields.ts'
import { REPLAY_EVENTS_MAX } from './limits.ts'
import { RejectionReasonSchema, RejectionSchema } from './rejection.ts'

const uuid = Type.String({ pattern: UUID_PATTERN })

export const RejectionParamsSchema = Type.Object({ game: Type.String(), rejection_id: uuid })

export const RejectionsQuerySchema = Type.Object(
  {
    reason: Type.Optional(RejectionReasonSchema),
    name: Type.Optional(filterText),
    app_version: Type.Optional(filterText),
    ...page,
  },
  { additionalProperties: false },
)

export const StoredRejectionSchema = Type.Object({
  rejection_id: Type.String(),
  received_at: Type.String(),
  sent_at: nullable(Type.String()),
  reason: RejectionReasonSchema,
  path: Type.String(),
  message: Type.String(),
  event_id: nullable(Type.String()),
  name: nullable(Type.String({ description: 'As the event claimed; long ones are cut.' })),
  app_version: nullable(Type.String({ description: 'As the event claimed; long ones are cut.' })),
  key_fingerprint: nullable(
    Type.String({ description: 'Of the write key that sent it, as `playtrace keys` lists it.' }),
  ),
  batch_id: Type.String(),
  replayed_at: nullable(Type.String({ description: 'When a replay of it was stored.' })),
  raw: Type.String({ description: 'The event as it was sent; in a list up to 64 KiB of it.' }),
  raw_bytes: Type.Integer({ description: 'How long it was.' }),
})
export type StoredRejection = Static<typeof StoredRejectionSchema>

export const RejectionsPageSchema = Type.Object({
  rejections: Type.Array(StoredRejectionSchema, { description: 'Newest first.' }),
  next_cursor: nullable(Type.String()),
})
export type RejectionsPage = Static<typeof RejectionsPageSchema>

export const RejectionGroupSchema = Type.Object({
  reason: RejectionReasonSchema,
  name: nullable(Type.String()),
  app_version: nullable(Type.String()),
  events: Type.Integer({ description: 'In quarantine: they can be read, and replayed.' }),
  replayed: Type.Integer({ description: 'How many of them have been stored since by a replay.' }),
  first_received_at: time(''),
  last_received_at: time(''),
  samples: Type.Array(
    Type.Object({ rejection_id: Type.String(), path: Type.String(), message: Type.String() }),
    { description: 'The newest ones in quarantine; each can be read in full by its id.' },
  ),
})
export type RejectionGroup = Static<typeof RejectionGroupSchema>

export const RejectionGroupsSchema = Type.Object({
  groups: Type.Array(RejectionGroupSchema, { description: 'Largest first.' }),
  groups_left_out: Type.Integer({ description: 'Smaller ones that are not shown.' }),
  not_kept: Type.Integer({
    description:
      'The number of events that were rejected within QUARANTINE_DAYS and not kept, because too many arrived in a minute.',
  }),
})
export type RejectionGroups = Static<typeof RejectionGroupsSchema>

const field = Type.String({
  pattern: /^\/(properties\/)?([^~/]|~[01])+$/.source,
  maxLength: 300,
  description: 'JSON Pointer of a field (/lvl) or of a property (/properties/lvl).',
})

export const ReplayGroupSchema = Type.Object(
  {
    reason: RejectionReasonSchema,
    name: Type.Optional(nullable(filterText)),
    app_version: Type.Optional(nullable(filterText)),
  },
  { additionalProperties: false, description: 'null: those without one; absent: any.' },
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
          description: 'Leaves events alone that have no `from`, or have `to` already.',
        },
      ),
    ),
    cursor: Type.Optional(Type.String({ description: 'next_cursor of the answer before.' })),
  },
  {
    additionalProperties: false,
    description: 'Either ids or a group; of a group those that were not replayed yet.',
  },
)
export type ReplayRequest = Static<typeof ReplayRequestSchema>

const { index, ...verdict } = RejectionSchema.properties

export const ReplayAnswerSchema = Type.Object({
  accepted: Type.Integer({ description: 'On disk now; stored once, however often they are replayed.' }),
  rejected: Type.Array(Type.Object({ rejection_id: Type.String(), ...verdict }), {
    description: 'Rejected again: they stay in quarantine as they were.',
  }),
  batch_id: nullable(Type.String()),
  next_cursor: nullable(Type.String({ description: 'Send the same again with it, for the rest.' })),
})
export type ReplayAnswer = Static<typeof ReplayAnswerSchema>
