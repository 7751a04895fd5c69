// The standard events and their properties, as docs/events.md defines them. An event that does not fit is stored with a
// `mismatch`, and the reports of levels, resources and revenue leave it out. Additional properties are allowed.
import { Type } from 'typebox'

export const LEVEL_MAX = 1_000_000
/** Characters of a level that is a text. */
export const LEVEL_TEXT_LENGTH_MAX = 64
/** Characters of `product_id`, `resource` and `item`. */
export const STANDARD_TEXT_LENGTH_MAX = 100
/** An amount is within ± this. A double represents each integer in this range exactly. */
export const AMOUNT_MINOR_MAX = Number.MAX_SAFE_INTEGER
export const RESOURCE_AMOUNT_MAX = 1e15
/** 30 years. As seconds it fits into an integer. */
export const DURATION_MS_MAX = 1e12
export const SEVERITIES = ['debug', 'info', 'warning', 'error', 'critical'] as const

const whole = (minimum: number, maximum: number, description?: string) =>
  Type.Integer({ minimum, maximum, ...(description && { description }) })
const text = (description?: string) =>
  Type.String({ minLength: 1, maxLength: STANDARD_TEXT_LENGTH_MAX, ...(description && { description }) })
/** A property that may be absent or null. */
const optional = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Optional(Type.Union([schema, Type.Null()], { description }))

const tried = {
  level: Type.Union([whole(0, LEVEL_MAX), Type.String({ minLength: 1, maxLength: LEVEL_TEXT_LENGTH_MAX })], {
    description: 'the level: an integer from 0 to 1,000,000, or a text of 1–64 characters such as `world01:level02`',
  }),
  attempt: optional(whole(1, Number.MAX_SAFE_INTEGER), 'the number of this attempt at the level: an integer from 1'),
}
const played = {
  ...tried,
  score: optional(Type.Number(), 'the score: a number'),
  duration_ms: optional(
    Type.Number({ minimum: 0, maximum: DURATION_MS_MAX }),
    'the length of the attempt in milliseconds: a number from 0 to 10¹²',
  ),
}
const moved = {
  resource: text('the resource, such as coins: 1–100 characters'),
  amount: Type.Number({
    exclusiveMinimum: 0,
    maximum: RESOURCE_AMOUNT_MAX,
    description: 'the amount: a number above 0, up to 10¹⁵',
  }),
  item: optional(text(), 'the source of the resource, or what it was spent on: 1–100 characters'),
}
const paid = {
  product_id: text('the product: 1–100 characters'),
  currency: Type.String({
    pattern: '^[A-Z]{3}$',
    description: 'the ISO 4217 code: three upper-case letters',
  }),
  amount_minor: whole(
    -AMOUNT_MINOR_MAX,
    AMOUNT_MINOR_MAX,
    'the price in the currency’s minor unit (cents, yen): an integer within ±(2⁵³−1), below 0 for a refund',
  ),
  transaction_id: optional(Type.String(), 'the store’s id of the purchase: a string'),
}
const failed = {
  severity: optional(
    Type.Union(SEVERITIES.map((severity) => Type.Literal(severity))),
    'debug, info, warning, error or critical',
  ),
  message: optional(Type.String(), 'the error message: a string'),
}

/** The properties of each standard event by its name. */
export const STANDARD_EVENTS = {
  session_start: Type.Object({}),
  session_end: Type.Object({}),
  level_start: Type.Object(tried),
  level_complete: Type.Object(played),
  level_fail: Type.Object(played),
  purchase: Type.Object(paid),
  resource_source: Type.Object(moved),
  resource_sink: Type.Object(moved),
  ad_impression: Type.Object({}),
  error: Type.Object(failed),
}
