// Parsers for the values of command-line options, and longer help texts.
import { InvalidArgumentError } from 'commander'

export const SEND_HELP = `
FILE has one event in each line (NDJSON), or is a JSON array. It may be gzipped, and UTF-16 is read too. If FILE is "-", the
command reads standard input. A failed request is retried until two minutes have passed without progress. A request that the
server cannot read is divided until the line at fault is found. An event without an event_id gets one before its first try,
so that its retries are stored once. If you send the file again, only events whose event_id is in the file are stored once.
Exit code: 0 if every event was accepted and, with --read-key, stored; 1 if not, 130 after Ctrl-C.`

const UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Reads `90s`, `10m`, `2h`, `500ms`, or a number of seconds without a unit. */
export function duration(text: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? []
  const durationMs = Number(amount) * (UNITS_MS[unit] ?? Number.NaN)
  if (durationMs > 0) return durationMs
  throw new InvalidArgumentError('Must be a duration above 0, such as 30s, 10m or 2h.')
}

export function whole(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('Must be a whole number from 1 to 999999999.')
}

export function day(text: string): string {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  // Date.parse reads the 30th of February as the 2nd of March.
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return text
  throw new InvalidArgumentError('Must be a day, such as 2023-01-31.')
}

export function timeOrDay(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${day(text)}T00:00:00Z`
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('Must be a UTC day or an RFC 3339 time, such as 2026-11-20 or 2026-11-20T08:00:00Z.')
}

export function lateDays(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= LATE_DAYS_MAX) return Number(text)
  throw new InvalidArgumentError(`Must be a whole number from 0 to ${LATE_DAYS_MAX}.`)
}

const LATE_DAYS_MAX = 36_500

export function positive(text: string): number {
  if (Number(text) > 0 && Number.isFinite(Number(text))) return Number(text)
  throw new InvalidArgumentError('Must be a number above 0.')
}

export function game(text: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError(
    'Must be 1 to 63 lower-case letters, digits, - and _, starting with a letter or a digit.',
  )
}
