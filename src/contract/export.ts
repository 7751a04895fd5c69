// What the exports and the download links take, and the columns that they give.
import { Type } from 'typebox'
import { time } from './fields.ts'
import { EventsQuerySchema } from './reading.ts'

const { limit, cursor, ...filters } = EventsQuerySchema.properties

export const ExportQuerySchema = Type.Object({ ...filters }, { additionalProperties: false })

export const DownloadQuerySchema = Type.Object(
  { ...filters, format: Type.Enum(['csv', 'ndjson']) },
  { additionalProperties: false },
)
export const DownloadSchema = Type.Object({
  url: Type.String({ description: 'A path on this server.' }),
  expires_at: time('The link does not work from this time on.'),
})
export const DownloadParamsSchema = Type.Object({ token: Type.String() })

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
