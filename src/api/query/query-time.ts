// A time in a query, held to the rule that events are held to.
import { RequestProblem } from '../../contract/answer.ts'
import { parseTime } from '../../ingest/event-time.ts'

/** @throws RequestProblem `invalid_query` */
export function queryTime(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const time = parseTime(text)
  if (!time)
    throw new RequestProblem('invalid_query', `${name} must be an RFC 3339 time with a zone.`, `/${name}`)
  return time.text
}
