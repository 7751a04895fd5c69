// What load is sent to: a running system, seen by the measurement.

/** Roots of process trees, by what they do. */
interface Pids {
  api: number[]
  worker: number[]
  database: number[]
  redis: number[]
}

export interface Target {
  url: string
  headers: Record<string, string>
  pids: Pids
  /** Undefined where nothing is stored: an answer is all there is. */
  storage: TargetStorage | undefined
  /** What waits in the queue takes so much there; undefined where there is no queue. */
  queueBytes: (() => Promise<number>) | undefined
  close(): Promise<void>
}

export interface TargetStorage {
  /** No events, no dead rows, and a checkpoint behind it: the same start for every row. */
  empty(): Promise<void>
  /** Events that can be read by SQL; cheap enough to ask often. */
  visibleEvents(): Promise<number>
  /** The same counted row by row, once at the end. */
  countEvents(): Promise<number>
  /** Tables and indexes that an event is stored in. */
  bytes(): Promise<number>
  /** When batches were stored, in ms since 1970, by their ids; undefined where nothing tells. */
  storedAtMs: (() => Promise<Map<string, number>>) | undefined
}
