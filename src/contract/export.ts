// The queries of the exports and the download links, and the columns of an export.
import { Type } from 'typebox'
import { time } from './fields.ts'
import { EventsQuerySchema } from './reading.ts'

const { limit, cursor, ...filters } = EventsQuerySchema.properties

export const ExportQuerySchema = Type.Object({ ...filters }, { additionalProperties: false })

export const DownloadQuerySchema = Type.Object(
  { ...filters, format: Type.Enum(['csv', 'ndjson'], { description: 'The format of the file.' }) },
  { additionalProperties: false },
)
export const DownloadSchema = Type.Object(
  {
    url: Type.String({ description: 'A path on this server.' }),
    expires_at: time('The link does not work from this time on.'),
  },
  { title: 'Download', description: 'A link that works once.' },
)
export const DownloadParamsSchema = Type.Object({
  token: Type.String({ description: 'The secret part of the link.' }),
})

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
