// Which rejected events are kept. A flood of them (a bad release, or anyone who found a write key) must not fill the disk:
// past a rate, of each game and in each API process, they are sampled, and the rest are counted by what they have in
// common. Pure but for what it remembers of the minute and the hour. The figures' reasons: docs/decisions/0011.
import type { QuarantinedEvent, UnkeptRejections } from './event-batch.ts'

/** Of one game, in one minute: kept whatever they are. Any one request fits into a fresh minute. */
export const WHOLE_EVENTS_A_MINUTE = 1_000
export const WHOLE_BYTES_A_MINUTE = 8 * 1024 * 1024
/** Past that, of each kind (reason, name and app_version) the first in an hour and then one of so many, */
export const SAMPLE_EVERY = 100
/** if it is no larger than this, which is kept whole or not at all, */
export const SAMPLE_BYTES_MAX = 8 * 1024
/** and up to so many a minute. */
export const SAMPLES_A_MINUTE = 200
/** Kinds told apart in an hour; names are the sender's, without end. What is beyond is counted by its reason alone. */
export const KINDS_AN_HOUR = 200

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

interface SampledRejections {
  /** As they came, whole. */
  quarantined: QuarantinedEvent[]
  /** All others. */
  unkept: UnkeptRejections[]
}

/** @param nowMs the server's clock, milliseconds since 1970 */
export type SampleRejections = (rejections: QuarantinedEvent[], nowMs: number) => SampledRejections

/** What one game has used of its rate. */
interface Used {
  minute: number
  events: number
  bytes: number
  samples: number
  hour: number
  /** How many of each kind came past the rate. */
  kinds: Map<string, number>
}

type Kind = Pick<UnkeptRejections, 'reason' | 'name' | 'app_version'>

export function rejectionSampler(): SampleRejections {
  const games = new Map<number, Used>()
  return (rejections, nowMs) => {
    const quarantined: QuarantinedEvent[] = []
    const unkept = new Map<string, UnkeptRejections>()
    for (const rejection of rejections) {
      const used = usedBy(games, rejection.game_id, nowMs)
      const kind = kindOf(used, rejection)
      const bytes = Buffer.byteLength(rejection.raw)
      if (fitsWhole(used, bytes) || isSample(used, kind, bytes)) quarantined.push(rejection)
      else count(unkept, rejection, kind)
    }
    return { quarantined, unkept: [...unkept.values()] }
  }
}

function usedBy(games: Map<number, Used>, gameId: number, nowMs: number): Used {
  const minute = Math.floor(nowMs / MINUTE_MS)
  const hour = Math.floor(nowMs / HOUR_MS)
  const before = games.get(gameId)
  if (before?.minute === minute) return before
  const kinds = before?.hour === hour ? before.kinds : new Map<string, number>()
  const used = { minute, events: 0, bytes: 0, samples: 0, hour, kinds }
  games.set(gameId, used)
  return used
}

function fitsWhole(used: Used, bytes: number): boolean {
  if (used.events >= WHOLE_EVENTS_A_MINUTE || used.bytes + bytes > WHOLE_BYTES_A_MINUTE) return false
  used.events++
  used.bytes += bytes
  return true
}

function kindOf({ kinds }: Used, { reason, name, app_version }: QuarantinedEvent): Kind {
  const kind = { reason, name, app_version }
  const isToldApart = kinds.size < KINDS_AN_HOUR || kinds.has(keyOf(kind))
  return isToldApart ? kind : { reason, name: null, app_version: null }
}

const keyOf = ({ reason, name, app_version }: Kind) => JSON.stringify([reason, name, app_version])

function isSample(used: Used, kind: Kind, bytes: number): boolean {
  const key = keyOf(kind)
  const before = used.kinds.get(key) ?? 0
  used.kinds.set(key, before + 1)
  if (before % SAMPLE_EVERY !== 0 || bytes > SAMPLE_BYTES_MAX || used.samples >= SAMPLES_A_MINUTE)
    return false
  used.samples++
  return true
}

function count(
  unkept: Map<string, UnkeptRejections>,
  { game_id, received_at }: QuarantinedEvent,
  kind: Kind,
) {
  const key = `${game_id} ${keyOf(kind)}`
  const counted = unkept.get(key)
  if (counted) counted.events++
  else unkept.set(key, { game_id, received_at, ...kind, events: 1 })
}
