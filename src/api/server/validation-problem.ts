// Words what a validator found, so that a person can correct the request: which part is wrong, and what it must be.
import type { FastifySchemaValidationError } from 'fastify'
import { type ProblemCode, RequestProblem } from '../../contract/answer.ts'
import { UUID_PATTERN } from '../../contract/event.ts'
import { NO_NUL, SOME_TEXT_WITHOUT_NUL } from '../../contract/fields.ts'
import { RENAMED_FIELD_PATTERN } from '../../contract/quarantine.ts'
import { SPLIT_PATTERN } from '../../contract/timeseries.ts'
import { shown } from '../../ingest/shown-text.ts'

const CODES: Record<string, ProblemCode> = {
  body: 'invalid_body',
  params: 'invalid_path',
  querystring: 'invalid_query',
}

const TYPES: Record<string, string> = {
  array: 'an array',
  integer: 'a whole number',
  object: 'an object',
  string: 'a string',
}
const FORMATS: Record<string, string> = {
  date: 'a UTC day, such as 2026-11-22',
  'date-time': 'an RFC 3339 time with a zone, such as 2026-11-22T09:30:00Z',
}
const PATTERNS: Record<string, string> = {
  [UUID_PATTERN]: 'a UUID',
  [NO_NUL]: 'a string without U+0000',
  [SOME_TEXT_WITHOUT_NUL]: 'a string of at least one character, without U+0000',
  [RENAMED_FIELD_PATTERN]: 'a JSON Pointer, such as /lvl or /properties/lvl',
  [SPLIT_PATTERN]: 'name, platform, app_version or properties.<key>',
}

/**
 * @param error the first error of the validator
 * @param part `body`, `params` or `querystring`
 */
export function validationProblem(error: FastifySchemaValidationError, part: string): RequestProblem {
  const { keyword, instancePath, params } = error
  const [missing] = keyword === 'required' ? (params['requiredProperties'] as string[]) : []
  const path = missing === undefined ? instancePath : `${instancePath}/${missing}`
  const name = shown(path.slice(1)) || 'The body'
  const detail = missing === undefined ? `${name} ${ruleOf(error)}.` : `${name} is required.`
  return new RequestProblem(CODES[part] ?? 'bad_request', detail, shown(path))
}

function ruleOf({ keyword, params, message = 'is not valid' }: FastifySchemaValidationError): string {
  const must = (rule: string | undefined) => (rule === undefined ? message : `must be ${rule}`)
  switch (keyword) {
    case 'boolean':
      return 'is not a field or parameter of this route'
    case 'enum':
      return must(`one of ${(params['allowedValues'] as string[]).join(', ')}`)
    case 'type':
      return must(TYPES[String(params['type'])])
    case 'format':
      return must(FORMATS[String(params['format'])])
    case 'pattern':
      return must(PATTERNS[String(params['pattern'])])
    case 'minimum':
      return must(`at least ${params['limit']}`)
    case 'maximum':
      return must(`at most ${params['limit']}`)
    default:
      return message
  }
}
