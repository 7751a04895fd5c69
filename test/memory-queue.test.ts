// The in-memory queue keeps to what tests of other parts rely on.
import { ATTEMPTS, eventQueueSuite } from '../src/queue/event-queue.testsuite.ts'
import { findBatchesSuite } from '../src/queue/find-batches.testsuite.ts'
import { memoryQueue } from './memory-queue.ts'

eventQueueSuite('memory', async () => memoryQueue(ATTEMPTS))
findBatchesSuite('memory', async () => memoryQueue(ATTEMPTS))
