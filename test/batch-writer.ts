// Writes batches as a worker does: grouped, in transactions. For tests of what is read afterwards.

import { storeBatches, type WriteBatch } from '../src/storage/events/write-events.ts'
import type { Database } from '../src/storage/postgres/database.ts'
import { groupBatches } from '../src/worker/group-batches.ts'

export const batchWriter = (database: Database): WriteBatch => groupBatches(storeBatches(database))
