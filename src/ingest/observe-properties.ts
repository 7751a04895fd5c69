// Compares a standard event's properties with their schema. An event that does not fit is stored with a mismatch.
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { STANDARD_EVENTS } from '../contract/standard-events.ts'
import { compare, exactNumber, hasManyDigits, isExtreme, isWhole } from './exact-number.ts'
import { JsonSpans } from './json-spans.ts'
import { jsonPointer } from './shown-text.ts'

const RULES = new Map(Object.entries(STANDARD_EVENTS).map(([name, schema]) => [name, rulesOf(schema)]))

function rulesOf({ properties }: Type.TObject) {
  return Object.entries(properties).map(([key, schema]) => ({
    key,
    isRequired: !Type.IsOptional(schema),
    schema: Compile(schema),
    number: [schema, ...((schema as Partial<Type.TUnion>).anyOf ?? [])].find(isNumeric),
    path: jsonPointer('properties', key),
  }))
}

type NumberSchema = Type.TNumber | Type.TInteger
type Limits = Partial<Record<'minimum' | 'maximum' | 'exclusiveMinimum', number>>

function isNumeric(schema: Type.TSchema): schema is NumberSchema {
  return Type.IsNumber(schema) || Type.IsInteger(schema)
}

/**
 * @param properties the parsed value, or undefined if the event has none
 * @param json the text of `properties`, as sent. Numbers are judged by the digits in it, as the rollups read them
 * @returns a JSON pointer to the first property that does not fit; undefined if all fit, and for every custom event
 */
export function mismatchOf(
  name: string,
  properties: Record<string, unknown> | null | undefined,
  json = '{}',
): string | undefined {
  const rules = RULES.get(name)
  if (!rules) return undefined
  const isLong = hasManyDigits(json)
  for (const { key, isRequired, schema, number, path } of rules) {
    const value = properties?.[key]
    const mayBeRounded = number && typeof value === 'number' && (isLong || isExtreme(value))
    const fits = mayBeRounded ? fitsExactly(memberOf(json, key) ?? String(value), number) : schema.Check(value)
    if (value === undefined ? isRequired : !fits) return path
  }
  return undefined
}

function memberOf(json: string, key: string): string | undefined {
  let member: string | undefined
  const spans = new JsonSpans(json)
  spans.eachMember((name) => {
    const start = spans.skipValue()
    if (name === key) member = json.slice(start, spans.at)
  })
  return member
}

function fitsExactly(json: string, schema: NumberSchema): boolean {
  const number = exactNumber(json)
  const { minimum, maximum, exclusiveMinimum } = schema as Limits
  return (
    (!Type.IsInteger(schema) || isWhole(number)) &&
    (minimum === undefined || compare(number, minimum) >= 0) &&
    (maximum === undefined || compare(number, maximum) <= 0) &&
    (exclusiveMinimum === undefined || compare(number, exclusiveMinimum) > 0)
  )
}
