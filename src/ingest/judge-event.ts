// Judges one event: finds the first rule of the contract that it breaks, with the path and a message for its sender.
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { type Event, EventSchema } from '../contract/event.ts'
import {
  BODY_DEPTH_MAX,
  NUMBER_DECIMALS_MAX,
  NUMBER_EXPONENT_MAX,
  PROPERTIES_BYTES_MAX,
  PROPERTIES_DEPTH_MAX,
} from '../contract/limits.ts'
import type { Rejection } from '../contract/rejection.ts'
import { parseTime } from './event-time.ts'
import { isNestedDeeper } from './json-spans.ts'
import { unknownField } from './near-name.ts'
import { EVENT_FIELDS, isObject, type RawEvent } from './parse-body.ts'
import { jsonPointer } from './shown-text.ts'
import { hasUnstorableEscape, hasUnstorableNumber } from './storable-json.ts'

export type Fault = Pick<Rejection, 'reason' | 'path' | 'message'>

const fault = (reason: Fault['reason'], path: string, message: string): Fault => ({ reason, path, message })

const eventSchema = Compile(EventSchema)

const TEXT_FIELDS = ['name', 'player_id', 'session_id', 'app_version', 'platform'] as const

/** Returns the first fault, or undefined. Without a fault, `value` is an {@link Event}. */
export function faultOf({ value, raw_properties }: RawEvent): Fault | undefined {
  if (value === undefined) return fault('invalid_json', '', `The line is not JSON of up to ${BODY_DEPTH_MAX} levels.`)
  if (!isObject(value)) return fault('not_an_object', '', 'An event must be a JSON object.')
  return (
    (eventSchema.Check(value) ? undefined : schemaFault(value)) ??
    timeFault(value as Event) ??
    textFault(value as Event) ??
    (raw_properties === undefined ? undefined : propertiesFault(raw_properties))
  )
}

function schemaFault(event: Record<string, unknown>): Fault {
  const unknown = Object.keys(event).find((key) => !EVENT_FIELDS.includes(key))
  if (unknown !== undefined) {
    const problem = unknownField(unknown, 'a field of an event', EVENT_FIELDS)
    return fault('unknown_field', jsonPointer(unknown), `${problem} Put your own fields into properties.`)
  }
  const [error] = eventSchema.Errors(event)
  if (!error) throw new Error('The schema refused an event and named no error.')
  return faultOfSchemaError(error)
}

function faultOfSchemaError(error: TLocalizedValidationError): Fault {
  const path = error.instancePath
  const field = path.slice(1)
  switch (error.keyword) {
    case 'required': {
      const missing = error.params.requiredProperties[0] ?? ''
      return fault('missing_field', jsonPointer(missing), `${missing} is required.`)
    }
    case 'minLength':
      return fault('wrong_length', path, `${field} must not be empty.`)
    case 'maxLength':
      return fault('wrong_length', path, `${field} must not be longer than ${error.params.limit} characters.`)
    case 'pattern':
      return path === '/event_id'
        ? fault('invalid_uuid', path, 'event_id must be a UUID, such as one of version 7.')
        : fault('control_character', path, `${field} must not contain control characters.`)
    case 'format':
      return invalidTime(path)
    default:
      return fault('wrong_type', path, `${field} ${error.message}.`)
  }
}

function invalidTime(path: string): Fault {
  const message = `${path.slice(1)} must be an RFC 3339 time with a zone, such as 2026-11-22T09:30:00Z.`
  return fault('invalid_time', path, message)
}

function timeFault({ occurred_at }: Event): Fault | undefined {
  return occurred_at === undefined || parseTime(occurred_at) ? undefined : invalidTime('/occurred_at')
}

function textFault(event: Event): Fault | undefined {
  for (const field of TEXT_FIELDS) {
    const text = event[field]
    if (text !== undefined && (!text.isWellFormed() || text.includes('\0')))
      return fault('unstorable_text', jsonPointer(field), `${field} ${UNSTORABLE_TEXT}`)
  }
  return undefined
}

const UNSTORABLE_TEXT = 'contains \\u0000 or half of a surrogate pair, which PostgreSQL cannot store.'

function propertiesFault(json: string): Fault | undefined {
  const path = '/properties'
  const bytes = Buffer.byteLength(json)
  if (bytes > PROPERTIES_BYTES_MAX) {
    const message = `properties have ${bytes} bytes as JSON; the limit is ${PROPERTIES_BYTES_MAX}.`
    return fault('properties_too_large', path, message)
  }
  if (isNestedDeeper(json, PROPERTIES_DEPTH_MAX)) {
    const message = `properties are nested deeper than ${PROPERTIES_DEPTH_MAX} levels.`
    return fault('properties_too_deep', path, message)
  }
  if (hasUnstorableEscape(json)) return fault('unstorable_text', path, `properties ${UNSTORABLE_TEXT}`)
  if (hasUnstorableNumber(json)) {
    const message = `properties contain a number with an exponent beyond ±${NUMBER_EXPONENT_MAX} or with more than ${NUMBER_DECIMALS_MAX} decimals.`
    return fault('unstorable_number', path, message)
  }
  return undefined
}
