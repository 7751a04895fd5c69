// The queries of the exports and the download links, and the columns of an export.
import { Type } from 'typebox'
import { named, query, text, time } from './fields.ts'
import { EventsQuerySchema, StoredEventSchema } from './reading.ts'

const { limit, cursor, ...filters } = EventsQuerySchema.properties

export const ExportQuerySchema = query({ ...filters })

export const DownloadQuerySchema = query({
  ...filters,
  format: Type.Enum(['csv', 'ndjson'], { description: 'The format of the file.' }),
})
export const DownloadSchema = named('Download', 'A link that works once.', {
  url: text('A path on this server.'),
  expires_at: time('The link does not work from this time on.'),
})
export const DownloadParamsSchema = Type.Object({ token: text('The secret part of the link.') })

/** The columns of a CSV file, in order. */
export const EXPORT_COLUMNS = Object.keys(StoredEventSchema.properties)
