// Compares a standard event's properties with docs/events.md. An event that does not fit is stored all the same.
import type { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { STANDARD_EVENTS } from '../contract/standard-events.ts'
import { jsonPointer } from './shown-text.ts'

interface PropertyRule {
  key: string
  required: boolean
  fits: (value: unknown) => boolean
  path: string
}

const RULES = new Map(Object.entries(STANDARD_EVENTS).map(([name, schema]) => [name, rulesOf(schema)]))

function rulesOf({ properties, required }: Type.TObject): PropertyRule[] {
  return Object.entries(properties).map(([key, schema]) => {
    const compiled = Compile(schema)
    return {
      key,
      required: new Set<string>(required).has(key),
      fits: (value) => compiled.Check(value),
      path: jsonPointer('properties', key),
    }
  })
}

/**
 * @param properties the parsed value, or undefined if the event has none
 * @returns a JSON pointer to the first property that does not fit; undefined if all fit, and for every custom event
 */
export function mismatchOf(
  name: string,
  properties: Record<string, unknown> | undefined,
): string | undefined {
  const rules = RULES.get(name)
  if (!rules) return undefined
  for (const { key, required, fits, path } of rules) {
    const value = properties?.[key]
    if (value === undefined ? required : !fits(value)) return path
  }
  return undefined
}
