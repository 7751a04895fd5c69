// Parts that several schemas of the contract share.
import { Type } from 'typebox'
import { PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX } from './limits.ts'

/** An object that has a name in the OpenAPI document. */
export const named = <Fields extends Type.TProperties>(title: string, description: string, fields: Fields) =>
  Type.Object(fields, { title, description })
/** The parameters of a query. An unknown parameter is an error. */
export const query = <Fields extends Type.TProperties>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false })

/** The query of a route without parameters. */
export const NO_QUERY = query({})

export const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const count = (description: string) => Type.Integer({ description })
export const number = (description: string) => Type.Number({ description })
export const text = (description: string) => Type.String({ description })
export const game = text('The name of the game.')
export const day = (description = 'A UTC day.') => Type.String({ format: 'date', description })
export const time = (description: string) => Type.String({ format: 'date-time', description })

export const currency = text('The ISO 4217 code of the currency.')
export const amount = count('The sum in minor units of the currency, such as cents.')
export const purchases = count('The number of purchases.')
export const events = count('The number of events.')

/** PostgreSQL refuses U+0000 in a text. */
export const NO_NUL = '^[^\\u0000]*$'
export const SOME_TEXT_WITHOUT_NUL = '^[^\\u0000]+$'
export const filter = (description: string) => Type.String({ pattern: NO_NUL, description })

export const page = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_EVENTS_MAX,
      default: PAGE_EVENTS_DEFAULT,
      description: 'The maximum number of entries in the answer.',
    }),
  ),
  cursor: Type.Optional(text('The `next_cursor` of the previous page.')),
}

export const nextCursor = nullable(text('Send this as `cursor` to get the next page. Null on the last page.'))

/** An enumeration that a later release may extend, so a generated client must accept any text. */
export const openSet = <Word extends string>(
  meanings: Record<Word, string>,
  { title, description }: { title: string; description: string },
) =>
  Type.Unsafe<Word>({
    title,
    description: [
      `${description} This is an open set: later releases may add values, and a client must accept them.`,
      '',
      ...Object.entries(meanings).map(([word, meaning]) => `- \`${word}\`: ${meaning}`),
    ].join('\n'),
    anyOf: [{ type: 'string', enum: Object.keys(meanings) }, { type: 'string' }],
  })
