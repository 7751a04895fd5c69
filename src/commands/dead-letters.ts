// `playtrace dead-letters`: lists and retries the batches that could not be stored. They stay in the queue until then.
import type { Config } from '../config.ts'
import { openBullmqQueue } from '../queue/bullmq-queue.ts'
import type { QueueInspector } from '../queue/queue-inspector.ts'
import { cannotUse, refuseUnfitDatabase } from './check-database.ts'
import { queueUrlOf } from './connections.ts'
import { printTable } from './print-table.ts'

const LISTED_MAX = 100

export async function deadLettersList(config: Config): Promise<void> {
  await withQueue(config, async (queue) => {
    const { dead_letters } = await queue.counts()
    console.log(dead_letters === 0 ? 'There are no dead letters.' : `dead letters: ${dead_letters}`)
    if (dead_letters === 0) return
    const letters = await queue.deadLetters(LISTED_MAX)
    printTable(letters.map((letter) => ({ ...letter, enqueued_at: letter.enqueued_at.toISOString() })))
  })
}

export async function deadLettersRetry(config: Config): Promise<void> {
  await withQueue(config, async (queue) => {
    console.log(`dead letters put back into the queue: ${await queue.retryDeadLetters()}`)
  })
}

async function withQueue(config: Config, work: (queue: QueueInspector) => Promise<void>): Promise<void> {
  // The command ends with the error of its own call, which has the same reason.
  const reportError = () => {}
  const url = await queueUrlOf(config)
  // A queue of its own has no schema of this release.
  if (config.queueUrl === undefined) await refuseUnfitDatabase(url).catch(cannotUse('database'))
  const queue = await openBullmqQueue(url, reportError).catch(cannotUse('queue'))
  try {
    await work(queue).catch(cannotUse('queue'))
  } finally {
    await queue.close()
  }
}
