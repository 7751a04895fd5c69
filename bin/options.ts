// What the command line takes: the values of options, read and checked, and the texts that explain them.
import { InvalidArgumentError } from 'commander'

export const SEND_HELP = `
FILE holds one event a line (NDJSON), gzipped or not; - reads standard input.
Requests that fail are sent again, for up to two minutes without progress. An event with an event_id is stored once
however often it is sent; one without may be stored twice when an answer was lost on its way.
Exit code: 0 when every event was accepted, 1 when not, 130 after Ctrl-C.`

export const SIMULATE_DEFAULTS = { ratePerSecond: 50, players: 200, seed: 1 }

const UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Reads `90s`, `10m`, `2h`, `500ms`, or seconds as a bare number. */
export function duration(text: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? []
  const durationMs = Number(amount) * (UNITS_MS[unit] ?? Number.NaN)
  if (durationMs > 0) return durationMs
  throw new InvalidArgumentError('It is a time such as 30s, 10m or 2h.')
}

export function whole(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('It is a whole number above 0.')
}

export function positive(text: string): number {
  if (Number(text) > 0 && Number.isFinite(Number(text))) return Number(text)
  throw new InvalidArgumentError('It is a number above 0.')
}

export function game(text: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(text)) return text
  throw new InvalidArgumentError('Use up to 63 lower-case letters, digits, - and _.')
}

export function kind(text: string): string {
  if (text === 'write' || text === 'admin') return text
  throw new InvalidArgumentError('It is write or admin.')
}

/** A day that there is, as PostgreSQL and the API take it. */
export function day(text: string): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text
  throw new InvalidArgumentError('It is a day such as 2026-11-22.')
}
