// Compares a standard event's properties with their schema. An event that does not fit is stored with a mismatch.
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { STANDARD_EVENTS } from '../contract/standard-events.ts'
import { compare, exactNumber, isWhole, mayBeRounded } from './exact-number.ts'
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
  const texts = mayBeRounded(json) ? membersOf(json) : undefined
  for (const { key, isRequired, schema, number, path } of rules) {
    const value = properties?.[key]
    const byDigits = number && typeof value === 'number' ? texts?.get(key) : undefined
    const fits = byDigits !== undefined && number ? fitsExactly(byDigits, number) : schema.Check(value)
    if (value === undefined ? isRequired : !fits) return path
  }
  return undefined
}

function membersOf(json: string): Map<string, string> {
  const members = new Map<string, string>()
  const spans = new JsonSpans(json)
  spans.eachMember((key) => {
    const start = spans.skipValue()
    members.set(key, json.slice(start, spans.at))
  })
  return members
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
