// Prepares one event of a file: gives it an id if it has none, and notes an old time.
import { v7 as uuidV7 } from 'uuid'

/** The server believes times of this age by default. */
export const BELIEVED_DAYS = 35

const DAY_MS = 24 * 60 * 60 * 1000
const OCCURRED_AT = /"occurred_at"\s*:\s*"(\d{4}-\d\d-\d\d)/
const OBJECT_START = /^\s*\{/

export interface PreparedLine {
  json: Uint8Array
  /** `occurred_at` is more than {@link BELIEVED_DAYS} ago. */
  isOld: boolean
}

/** An event gets its id here, before its first attempt, so that each attempt has the same id and is stored once. */
export function prepareLine(bytes: Buffer, nowMs: number): PreparedLine {
  const text = bytes.toString()
  const day = OCCURRED_AT.exec(text)?.[1]
  const isOld = day !== undefined && Date.parse(day) < nowMs - BELIEVED_DAYS * DAY_MS
  if (!OBJECT_START.test(text) || hasId(text)) return { json: bytes, isOld }
  // The bytes of the event stay as they are, so that the server can say what is wrong with them.
  const brace = bytes.indexOf('{') + 1
  const isEmpty = /^\s*\}/.test(text.slice(text.indexOf('{') + 1))
  const id = Buffer.from(`"event_id":"${uuidV7()}"${isEmpty ? '' : ','}`)
  return { json: Buffer.concat([bytes.subarray(0, brace), id, bytes.subarray(brace)]), isOld }
}

function hasId(text: string): boolean {
  if (!text.includes('event_id')) return false
  try {
    return Object.hasOwn(JSON.parse(text) as object, 'event_id')
  } catch {
    return true // The server rejects the line.
  }
}
