// What the exports take, and the columns that they give.
import { Type } from 'typebox'
import { EventsQuerySchema } from './reading.ts'

const { limit, cursor, ...filters } = EventsQuerySchema.properties

export const ExportQuerySchema = Type.Object({ ...filters }, { additionalProperties: false })

/** The columns of an event in a table, in order. */
export const EXPORT_COLUMNS = [
  'event_id',
  'name',
  'player_id',
  'session_id',
  'occurred_at',
  'sent_at',
  'received_at',
  'corrected_at',
  'clock_suspect',
  'app_version',
  'platform',
  'properties',
  'batch_id',
]
