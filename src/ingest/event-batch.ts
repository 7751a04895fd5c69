// The batch of events in one queue job, and its encoding: JSON, compressed with zstd. The encoding has a version, so that a
// worker can read the batches of an older release.
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Rejection } from '../contract/rejection.ts'

/** One accepted event with the fields that the server adds: one row of `playtrace.events`. */
export interface StorableEvent {
  game_id: number
  /** The number of the key that sent the event. Null for a replay whose key is not known; absent in batches of an older release. */
  key_no?: number | null
  /** The fingerprint of that key. It is stored only if the database refuses the event. Null for a replay. */
  key_fingerprint: string | null
  event_id: string
  name: string
  player_id: string
  session_id: string | null
  seq: number | null
  /** This and all other times are in UTC, to the microsecond, as PostgreSQL reads them. */
  occurred_at: string
  sent_at: string | null
  received_at: string
  corrected_at: string
  /** With `event_id`, it identifies the event: the time inside a v7 id, otherwise `occurred_at`. */
  identified_at: string
  clock_suspect: boolean
  app_version: string | null
  platform: string | null
  country: string | null
  /** JSON text, as sent. */
  properties: string
  /** False if a retry has another `identified_at`, because the server made it. Only `event_id` identifies the event. */
  dated: boolean
  /** The `rejection_id` of the rejected event that this event replays. */
  replay_of?: string
  /** JSON pointer to the first property that does not fit the standard event of this name. */
  mismatch?: string
}

/** One rejected event: one row of `playtrace.rejected_events`. */
export interface QuarantinedEvent extends Omit<Rejection, 'index'> {
  rejection_id: string
  game_id: number
  received_at: string
  /** The event's text, as sent. */
  raw: string
  /** The event is not UTF-8, so each character of `raw` is one byte of it. */
  is_latin1?: true
  /** The fingerprint of the key that sent the event, as `playtrace keys` lists it. */
  key_fingerprint: string | null
  /** The name in the event, shortened and cleaned for a column of type text. Null if it is not a string. */
  name: string | null
  app_version: string | null
  sent_at: string | null
}

/** The number of rejected events of one request that exceed the rate of the quarantine (docs/decisions/0011). */
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

/** The data of a queue job. */
export interface EncodedBatch {
  version: 1
  /** The batch as JSON, compressed with zstd, in Base64. */
  zstd: string
}

/** A batch has at most a few requests of 8 MiB. Larger data was not made by Playtrace. */
const DECODED_BYTES_MAX = 256 * 1024 * 1024

const ZSTD_FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** A longer text is compressed on another thread, so that other requests do not wait for it. */
const SYNC_LENGTH_MAX = 1024 * 1024
const compressAside = promisify(zstdCompress)

export async function encodeBatch(batch: EventBatch): Promise<EncodedBatch> {
  const json = JSON.stringify(batch)
  const bytes = json.length > SYNC_LENGTH_MAX ? await compressAside(json, ZSTD_FAST) : zstdCompressSync(json, ZSTD_FAST)
  return { version: 1, zstd: bytes.toString('base64') }
}

/** @throws Error if the data is damaged, or has a version that this release does not know */
export function decodeBatch(data: EncodedBatch): EventBatch {
  if (data.version !== 1) {
    throw new Error(`This release does not know batches of version ${String(data.version)}.`)
  }
  const json = zstdDecompressSync(Buffer.from(data.zstd, 'base64'), { maxOutputLength: DECODED_BYTES_MAX })
  return JSON.parse(json.toString()) as EventBatch
}
