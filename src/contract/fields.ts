// Parts that several schemas of the contract share.
import { Type } from 'typebox'
import { PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX } from './limits.ts'

export const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const count = (description: string) => Type.Integer({ description })
export const game = Type.String({ description: 'The name of the game.' })
export const day = (description = 'A UTC day.') => Type.String({ format: 'date', description })
export const time = (description: string) => Type.String({ format: 'date-time', description })

export const currency = Type.String({ description: 'The ISO 4217 code of the currency.' })
export const amount = count('The sum in minor units of the currency, such as cents.')
export const purchases = count('The number of purchases.')
export const events = count('The number of events.')

/** A filter by a column of text, which cannot contain U+0000. */
export const filter = (description: string) => Type.String({ pattern: '^[^\\u0000]*$', description })

export const page = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_EVENTS_MAX,
      default: PAGE_EVENTS_DEFAULT,
      description: 'The maximum number of entries in the answer.',
    }),
  ),
  cursor: Type.Optional(Type.String({ description: 'The `next_cursor` of the previous page.' })),
}

export const nextCursor = nullable(
  Type.String({ description: 'Send this as `cursor` to get the next page. Null on the last page.' }),
)

/** An enumeration to which a later release may add words, so a generated client must accept any text. */
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
