// Pieces that the schemas of several reading routes share.
import { Type } from 'typebox'
import { PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX } from './limits.ts'

export const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const time = (description: string) => Type.String({ format: 'date-time', description })

/** No row can hold what PostgreSQL's text cannot. */
export const filterText = Type.String({ pattern: '^[^\\u0000]*$' })

export const page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_EVENTS_MAX, default: PAGE_EVENTS_DEFAULT })),
  cursor: Type.Optional(Type.String({ description: 'next_cursor of the page before.' })),
}
