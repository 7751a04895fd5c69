// What one run of one row measured. Times are in ms, memory and sizes in bytes; what a row has not is absent.

export interface Latency {
  p50: number
  p99: number
}

export interface Figures {
  /** From the first request sent until the last event could be read. */
  eventsPerSecond: number
  /** From the sending of a request, or in an open loop from when it was due, until its answer. */
  ack?: Latency | undefined
  /** From an answer until the events of its request could be read. */
  visible?: Latency | undefined
  /** CPU seconds for a million events. */
  cpu: { api: number; worker: number; database: number; redis: number; load: number }
  /** Cores that were busy meanwhile with what is not measured here: the bench itself, and whatever else runs. */
  othersCores: number
  peakBytes?: { api: number; worker: number } | undefined
  diskBytesPerEvent?: number | undefined
  queueBytesPerEvent?: number | undefined
  /** At 70 % of the load above, each request sent when it is due. */
  at70?: Pick<Figures, 'ack' | 'visible'> | undefined
}
