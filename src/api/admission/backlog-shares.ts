// Estimates which part of a long backlog each game has sent. The queue does not know it, so each process counts what it has
// enqueued itself since the backlog became long. Processes behind one balancer see the same games in the same proportions.
import type { EventBatch } from '../../ingest/event-batch.ts'

type Measure = 'batches' | 'bytes'

/** The bytes of an event besides its properties. */
const EVENT_BYTES = 200

export interface BacklogShares {
  add(batch: EventBatch): void
  /** Begins to count again: the backlog is short. */
  forget(): void
  /** From 0 to 1. */
  shareOf(gameId: number, measure: Measure): number
}

export function backlogShares(): BacklogShares {
  const games = new Map<number, Record<Measure, number>>()
  const all = { batches: 0, bytes: 0 }
  return {
    add({ events, quarantined }) {
      const bytesOf = new Map<number, number>()
      const add = (gameId: number, text: string) =>
        bytesOf.set(gameId, (bytesOf.get(gameId) ?? 0) + text.length + EVENT_BYTES)
      for (const { game_id, properties } of events) add(game_id, properties)
      for (const { game_id, raw } of quarantined) add(game_id, raw)
      const batchBytes = [...bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0)
      for (const [gameId, bytes] of bytesOf) {
        const before = games.get(gameId) ?? { batches: 0, bytes: 0 }
        // Requests of several games share a batch.
        games.set(gameId, { batches: before.batches + bytes / batchBytes, bytes: before.bytes + bytes })
      }
      if (batchBytes > 0) all.batches++
      all.bytes += batchBytes
    },
    forget() {
      games.clear()
      all.batches = 0
      all.bytes = 0
    },
    shareOf(gameId, measure) {
      const ofGame = games.get(gameId)
      return ofGame ? ofGame[measure] / all[measure] : 0
    },
  }
}
