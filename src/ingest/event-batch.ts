// The batch of events that one queue job carries, and its encoding: JSON, compressed with zstd, marked with a version,
// so that a batch enqueued by the release before is still read.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { RejectionReason } from '../contract/rejection.ts'

/** One accepted event with everything the server adds to it: what becomes a row of `playtrace.events`. */
export interface StorableEvent {
  game_id: number
  /** Of the write key that sent it. Only stored if the database refuses the event. Null for a replay. */
  key_fingerprint: string | null
  event_id: string
  name: string
  player_id: string
  session_id: string | null
  /** All times are in UTC, to the microsecond, as PostgreSQL reads them. */
  occurred_at: string
  sent_at: string | null
  received_at: string
  corrected_at: string
  clock_suspect: boolean
  app_version: string | null
  platform: string | null
  /** JSON text, as sent. */
  properties: string
  /** False: the server made `occurred_at`, a retry does not repeat it, and a repeat is recognized by its `event_id` alone. */
  dated: boolean
  /** The `rejection_id` of the rejected event that this event replays. */
  replay_of?: string
  /** JSON pointer to the first property that does not fit the standard event of this name. */
  mismatch?: string
}

/** One rejected event on its way to quarantine: one row of `playtrace.rejected_events`. */
export interface QuarantinedEvent {
  rejection_id: string
  game_id: number
  event_id: string | null
  received_at: string
  reason: RejectionReason
  path: string
  message: string
  /** The event's text, as sent. */
  raw: string
  /** Of the write key that sent it, as `playtrace keys` lists it. */
  key_fingerprint: string | null
  /** As the event has it, shortened to what can be stored. Null if it is not a string. */
  name: string | null
  app_version: string | null
  sent_at: string | null
}

/** The number of rejected events of one request that are beyond the rate that is kept (docs/decisions/0011). */
export interface RejectionsNotKept {
  game_id: number
  events: number
}

/** The content that requests add to a batch. */
export interface BatchContent {
  events: StorableEvent[]
  quarantined: QuarantinedEvent[]
  not_kept: RejectionsNotKept[]
}

export interface EventBatch extends BatchContent {
  batch_id: string
}

/** A queue job's data. */
export interface EncodedBatch {
  version: 1
  /** Base64 of zstd of JSON of the batch. */
  zstd: string
}

/** A batch has at most a few requests of 8 MiB. Larger data was not made by Playtrace. */
const DECODED_BYTES_MAX = 256 * 1024 * 1024

const ZSTD_FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export function encodeBatch(batch: EventBatch): EncodedBatch {
  return { version: 1, zstd: zstdCompressSync(JSON.stringify(batch), ZSTD_FAST).toString('base64') }
}

/** @throws Error for data of a version that this release does not know, or that is damaged */
export function decodeBatch(data: EncodedBatch): EventBatch {
  if (data.version !== 1) {
    throw new Error(`This release does not know batches of version ${String(data.version)}.`)
  }
  const json = zstdDecompressSync(Buffer.from(data.zstd, 'base64'), { maxOutputLength: DECODED_BYTES_MAX })
  return JSON.parse(json.toString()) as EventBatch
}
