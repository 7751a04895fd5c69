// Compares a standard event's properties with their schema. An event that does not fit is stored with a mismatch.
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { STANDARD_EVENTS } from '../contract/standard-events.ts'
import { jsonPointer } from './shown-text.ts'

const RULES = new Map(Object.entries(STANDARD_EVENTS).map(([name, schema]) => [name, rulesOf(schema)]))

function rulesOf({ properties }: Type.TObject) {
  return Object.entries(properties).map(([key, schema]) => {
    const isRequired = !Type.IsOptional(schema)
    return { key, isRequired, schema: Compile(schema), path: jsonPointer('properties', key) }
  })
}

/**
 * @param properties the parsed value, or undefined if the event has none
 * @returns a JSON pointer to the first property that does not fit; undefined if all fit, and for every custom event
 */
export function mismatchOf(name: string, properties: Record<string, unknown> | undefined): string | undefined {
  const rules = RULES.get(name)
  if (!rules) return undefined
  for (const { key, isRequired, schema, path } of rules) {
    const value = properties?.[key]
    if (value === undefined ? isRequired : !schema.Check(value)) return path
  }
  return undefined
}
