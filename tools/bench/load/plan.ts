// What the load generator is asked to send, and what it says afterwards: the messages between the bench and its process.

/** `game`: simulated, from a seed; `waves`: the events of the WAVES file, with fresh ids. */
export type DataKind = 'game' | 'waves'

export interface LoadPlan {
  url: string
  headers: Record<string, string>
  data: DataKind
  seed: number
  events: number
  /** Events in a request; with 1 the body is the event itself. */
  requestEvents: number
  gzip: boolean
  connections: number
  /** Events a second, sent when they are due, whatever the answers do; undefined: each connection sends on an answer. */
  rate: number | undefined
}

/** One request that was acknowledged. */
export interface Ack {
  /** '' where the server names none. */
  batch_id: string
  /** Since 1970. */
  ackMs: number
}

export interface LoadResult {
  /** Since 1970: the first request sent, the last answer read. */
  startedMs: number
  endedMs: number
  /** Of each request; in an open loop from when it was due. */
  latenciesMs: Float64Array
  acks: Ack[]
}

export type LoadCommand = { do: 'prepare'; plan: LoadPlan } | { do: 'send' }
