// A running system that the load generator sends to.
import type { Store } from '../store.ts'

export interface System {
  /** Where events are sent. */
  url: string
  headers: Record<string, string>
  /** The roots of its process trees. */
  pids: number[]
  store: Store
  stop(): Promise<void>
}
