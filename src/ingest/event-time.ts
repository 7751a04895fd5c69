// Reads the times that clients write, to the microsecond, and corrects them for a wrong clock of the client.
import { CLOCK_AHEAD_MAX_MS, CLOCK_DIFFERENCE_MAX_MS } from '../contract/limits.ts'

/** One moment: `ms` since 1970 for calculations, and `text` in UTC to the microsecond, as PostgreSQL reads it. */
export interface Instant {
  ms: number
  text: string
}

const RFC_3339 =
  /^(\d{4}-\d\d-(\d\d))[Tt]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(?:\.(\d{1,3})(\d{0,3})\d*)?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/
const OWN_SPELLING_LENGTH = '2026-11-22T09:30:00.000Z'.length
const DAY_MS = 24 * 60 * 60 * 1000
const YEAR_1_MS = Date.parse('0001-01-01T00:00:00Z')
const YEAR_10000_MS = Date.UTC(10000, 0, 1)

/** Reads an RFC 3339 time with a zone. Digits beyond the microsecond are cut, because PostgreSQL cannot store them. */
export function parseTime(text: string): Instant | undefined {
  return parseOwnSpelling(text) ?? parseAnySpelling(text)
}

/** Most clients write times as JavaScript does. Date.parse is several times faster than {@link RFC_3339}. */
function parseOwnSpelling(text: string): Instant | undefined {
  if (text.length !== OWN_SPELLING_LENGTH) return undefined
  const ms = Date.parse(text)
  const isOwn = ms >= YEAR_1_MS && ms < YEAR_10000_MS && isoText(ms) === text
  return isOwn ? { ms, text } : undefined
}

function parseAnySpelling(text: string): Instant | undefined {
  const parts = RFC_3339.exec(text)
  if (!parts) return undefined
  const [, date, day, hourMinute, second, millis = '', micros = '', sign, offsetHours, offsetMinutes] = parts
  const leap = second === '60'
  const local = Date.parse(`${date}T${hourMinute}:${leap ? '59' : second}.${millis.padEnd(3, '0')}Z`)
  const offsetMs = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * 60_000
  const ms = local + (leap ? 1000 : 0) + (sign === '-' ? offsetMs : -offsetMs)
  // Date.parse reads the 30th of February as the 2nd of March.
  if (new Date(local).getUTCDate() !== Number(day)) return undefined
  // A leap second ends a UTC day, so it is read as the first second of the next one.
  if (leap && ms - Math.floor(ms / DAY_MS) * DAY_MS >= 1000) return undefined
  return { ms, text: instantText(ms, micros.padEnd(3, '0')) }
}

export function instantAt(ms: number): Instant {
  return { ms, text: instantText(ms, '000') }
}

let lastDay = Number.NaN
let lastDate = ''

/** Returns Date.toISOString of a time. Most times are of one day, whose text is kept, which takes a fifth of the time. */
function isoText(ms: number): string {
  const day = Math.floor(ms / DAY_MS)
  if (day !== lastDay) {
    lastDate = new Date(day * DAY_MS).toISOString().slice(0, -'00:00:00.000Z'.length)
    lastDay = day
  }
  const rest = ms - day * DAY_MS
  const seconds = Math.floor(rest / 1000)
  const minutes = Math.floor(seconds / 60)
  return `${lastDate}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}.${three(rest % 1000)}Z`
}

const two = (number: number) => (number < 10 ? `0${number}` : `${number}`)
const three = (number: number) => (number < 100 ? `0${two(number)}` : `${number}`)

/** PostgreSQL writes year 0 as 1 BC, and years beyond 9999 (possible through the zone) without JavaScript's sign. */
function instantText(ms: number, micros: string): string {
  const iso = isoText(ms)
  const exact = micros === '000' ? iso : `${iso.slice(0, -1)}${micros}Z`
  if (ms >= YEAR_1_MS && ms < YEAR_10000_MS) return exact
  if (exact[0] === '+') return exact.replace(/^\+0*/, '')
  const year = new Date(ms).getUTCFullYear()
  return `${String(1 - year).padStart(4, '0')}${exact.slice(exact.indexOf('-', 1))} BC`
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7/i

/** Returns the time inside a v7 UUID, whose first 48 bits are milliseconds since 1970 (RFC 9562, section 5.7). */
export function timeInsideUuid(eventId: string): Instant | undefined {
  if (!UUID_V7.test(eventId)) return undefined
  return instantAt(Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16))
}

/** Whether RFC 3339 can write the time, so that an event can have it. */
export function isWithinCalendar({ ms }: Instant): boolean {
  return ms < YEAR_10000_MS
}

/** Which old times of a game are believed. A clock that was reset shows an older one. */
export interface BelievedTimes {
  /** Days since 1970. */
  first_day: number
  late_days: number
}

/**
 * Corrects the time by the difference between the client's clock at sending and the server's clock at receiving. A
 * corrected time that is in the future or too old is not believed; `received_at` is used instead.
 */
export function correctTime(
  occurred: Instant,
  sent: Instant | undefined,
  received: Instant,
  { first_day, late_days }: BelievedTimes,
) {
  const offMs = sent ? received.ms - sent.ms : 0
  const corrected = Math.abs(offMs) > CLOCK_DIFFERENCE_MAX_MS ? instantAt(occurred.ms + offMs) : occurred
  const earliestMs = Math.max(first_day * DAY_MS, received.ms - late_days * DAY_MS)
  const believable = corrected.ms >= earliestMs && corrected.ms <= received.ms + CLOCK_AHEAD_MAX_MS
  return believable
    ? { corrected_at: corrected.text, clock_suspect: false }
    : { corrected_at: received.text, clock_suspect: true }
}
