// Writes the batches that wait at the same moment in one transaction, which pays its fixed costs (statements, the disk's
// sync) once. Each batch keeps its own result.
import type { EventBatch } from '../ingest/event-batch.ts'
import type { StoreBatches, WriteBatch, WriteResult } from '../storage/events/write-events.ts'
import type { StorageError } from '../storage/postgres/storage-error.ts'
import { isOfEnvironment } from './store-batch.ts'

/** Two transactions at a time: while one waits for the disk, the rows of the other are sent. */
const WRITES_MAX = 2
/**
 * A transaction is not made larger than this by another batch: one that reaches its time limit is written again batch by
 * batch, which costs as many limits.
 */
const GROUP_EVENTS_MAX = 2_000
/** Counts the properties and the text of rejected events. */
const GROUP_CHARACTERS_MAX = 8 * 1024 * 1024

interface Waiting {
  batch: EventBatch
  resolve: (result: WriteResult) => void
  reject: (error: unknown) => void
}

/** Returns a function that takes one batch at a time. It calls `store`, which writes several. */
export function groupBatches(store: StoreBatches): WriteBatch {
  const waiting: Waiting[] = []
  let writing = 0

  async function writeNext(): Promise<void> {
    if (writing === WRITES_MAX || waiting.length === 0) return
    writing++
    await writeGroup(store, takeGroup(waiting))
    writing--
    void writeNext()
  }

  return (batch) =>
    new Promise((resolve, reject) => {
      waiting.push({ batch, resolve, reject })
      void writeNext()
    })
}

function takeGroup(waiting: Waiting[]): Waiting[] {
  let events = 0
  let characters = 0
  const fits = waiting.findIndex(({ batch }) => {
    events += batch.events.length + batch.quarantined.length
    characters += charactersOf(batch)
    return events > GROUP_EVENTS_MAX || characters > GROUP_CHARACTERS_MAX
  })
  return waiting.splice(0, fits === -1 ? waiting.length : Math.max(1, fits))
}

function charactersOf({ events, quarantined }: EventBatch): number {
  let characters = 0
  for (const { properties } of events) characters += properties.length
  for (const { raw } of quarantined) characters += raw.length
  return characters
}

/** Settles the promise of each batch in the group. Never throws. */
async function writeGroup(store: StoreBatches, group: Waiting[]): Promise<void> {
  try {
    const results = await store(group.map(({ batch }) => batch))
    for (const [index, { resolve }] of group.entries()) resolve(results[index] as WriteResult)
  } catch (error) {
    if (group.length === 1 || isOfEnvironment(error as StorageError)) for (const { reject } of group) reject(error)
    // Only the batch at fault may fail, and after a timeout a smaller transaction may pass.
    else for (const one of group) await writeGroup(store, [one])
  }
}
