// Judges one event: finds the first rule of the contract that it breaks, with the path and a message for its sender.
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { ADDED_FIELDS, type Event, EventSchema } from '../contract/event.ts'
import { NUMBER_DECIMALS_MAX, NUMBER_EXPONENT_MAX, PROPERTIES_BYTES_MAX, TIME_LENGTH_MAX } from '../contract/limits.ts'
import { parseTime } from './event-time.ts'
import { isExactly } from './exact-number.ts'
import { unknownField } from './near-name.ts'
import { type Fault, fault, isObject, NOT_AN_OBJECT, type RawEvent } from './parse-body.ts'
import { jsonPointer } from './shown-text.ts'
import type { Members } from './split-body.ts'
import { hasUnstorableEscape, hasUnstorableNumber } from './storable-json.ts'

/** Without the rule for unknown fields, which a Set verifies in less time. */
const eventSchema = Compile(Type.Object(EventSchema.properties))
const KNOWN_FIELDS = new Set(Object.keys(EventSchema.properties))

/** The fields that a sender gives. */
export const EVENT_FIELDS = [...KNOWN_FIELDS].filter((field) => !(ADDED_FIELDS as readonly string[]).includes(field))
const TEXT_FIELDS = ['name', 'player_id', 'session_id', 'app_version', 'platform'] as const

/** Returns the first fault, or undefined. Without a fault, `value` is an {@link Event}. */
export function faultOf({ value, members, fault: unreadable }: RawEvent): Fault | undefined {
  if (unreadable) return (isObject(value) && unknownFault(value)) || unreadable
  if (!isObject(value)) return NOT_AN_OBJECT
  return (
    unknownFault(value) ??
    (eventSchema.Check(value) ? undefined : schemaFault(value)) ??
    timeFault(value as Event) ??
    textFault(value as Event) ??
    seqFault(value as Event, members) ??
    (members.properties === undefined ? undefined : propertiesFault(members.properties))
  )
}

function unknownFault(event: Record<string, unknown>): Fault | undefined {
  // JSON.parse makes every member an own property.
  for (const key in event) {
    if (KNOWN_FIELDS.has(key)) continue
    const problem = unknownField(key, 'a field of an event', EVENT_FIELDS)
    return fault('unknown_field', jsonPointer(key), `${problem} Put your own fields into properties.`)
  }
  return undefined
}

function schemaFault(event: Record<string, unknown>): Fault {
  // `Errors` checks the format of a text of any length, which is slow.
  if (isLongText(event['occurred_at'])) return invalidTime('/occurred_at')
  const [error] = eventSchema.Errors(event)
  if (!error) throw new Error('The schema refused an event and named no error.')
  return faultOfSchemaError(error)
}

const isLongText = (value: unknown) => typeof value === 'string' && value.length > TIME_LENGTH_MAX

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
      return patternFault(path)
    case 'format':
      return invalidTime(path)
    default:
      return fault('wrong_type', path, `${field} ${error.message}.`)
  }
}

function patternFault(path: string): Fault {
  if (path === '/event_id') return fault('invalid_uuid', path, 'event_id must be a UUID, such as one of version 7.')
  if (path === '/country') return fault('invalid_country', path, 'country must be two letters, such as DE.')
  return fault('control_character', path, `${path.slice(1)} must not contain control characters.`)
}

function invalidTime(path: string): Fault {
  const message = `${path.slice(1)} must be an RFC 3339 time with a zone, such as 2026-11-22T09:30:00Z.`
  return fault('invalid_time', path, message)
}

function timeFault({ occurred_at }: Event): Fault | undefined {
  return occurred_at == null || parseTime(occurred_at) ? undefined : invalidTime('/occurred_at')
}

function textFault(event: Event): Fault | undefined {
  for (const field of TEXT_FIELDS) {
    const text = event[field]
    if (typeof text === 'string' && (!text.isWellFormed() || text.includes('\0')))
      return fault('unstorable_text', jsonPointer(field), `${field} ${UNSTORABLE_TEXT}`)
  }
  for (const field of ['name', 'player_id'] as const) {
    if (INVISIBLE.test(event[field]))
      return fault('blank_text', `/${field}`, `${field} has only white space or invisible characters.`)
  }
  return undefined
}

/** Nobody can tell such texts apart: white space, control and format characters, and what Unicode shows as nothing. */
const INVISIBLE = /^[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u

function seqFault({ seq, session_id }: Event, members: Members): Fault | undefined {
  if (seq == null) return undefined
  if (!session_id) return fault('missing_field', '/session_id', 'session_id is required, because the event has seq.')
  const json = members.seq ?? ''
  return !hasUnstorableNumber(json) && isExactly(json, seq)
    ? undefined
    : fault('wrong_type', '/seq', 'seq must be a whole number.')
}

const UNSTORABLE_TEXT = 'contains \\u0000 or half of a surrogate pair, which PostgreSQL cannot store.'

function propertiesFault(json: string): Fault | undefined {
  const path = '/properties'
  const bytes = compactBytes(json)
  if (bytes > PROPERTIES_BYTES_MAX) {
    const message = `properties have ${bytes} bytes as JSON without white space; the limit is ${PROPERTIES_BYTES_MAX}.`
    return fault('properties_too_large', path, message)
  }
  if (hasUnstorableEscape(json)) return fault('unstorable_text', path, `properties ${UNSTORABLE_TEXT}`)
  if (hasUnstorableNumber(json)) {
    const message = `properties contain a number with an exponent beyond ±${NUMBER_EXPONENT_MAX} or with more than ${NUMBER_DECIMALS_MAX} decimals.`
    return fault('unstorable_number', path, message)
  }
  return undefined
}

const STRING_OR_SPACE = /("(?:[^"\\]|\\.)*")|[ \t\r\n]+/g

/** Bytes without the white space between tokens, which jsonb adds to an export. A text within the limit is not searched. */
function compactBytes(json: string): number {
  const bytes = Buffer.byteLength(json)
  return bytes <= PROPERTIES_BYTES_MAX ? bytes : Buffer.byteLength(json.replace(STRING_OR_SPACE, '$1'))
}
