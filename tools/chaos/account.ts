// The account at the end of a run: compares acknowledged with stored events by id, and counts what is left in the queue.
import pg from 'pg'
import { openBullmqQueue } from '../../src/queue/bullmq-queue.ts'
import { until } from '../../test/until.ts'
import { withClient } from '../../test/with-client.ts'
import type { SentEvent } from './ledger.ts'

export interface Account {
  stored: number
  /** Ids that were acknowledged but are not stored. */
  lost: string[]
  /** Ids that are stored more than once. */
  duplicated: string[]
  /** Ids that are stored but were never sent. */
  unknown: string[]
  /** Ids that are stored but were never acknowledged. This is allowed, because the client had no answer. */
  unacknowledged: string[]
  deadLetters: number
  quarantined: number
}

export async function takeAccount(
  databaseUrl: string,
  queueUrl: string,
  sent: Map<string, SentEvent>,
): Promise<Account> {
  const { rowsById, quarantined } = await readStored(databaseUrl)
  const ids = [...rowsById.keys()]
  return {
    stored: ids.length,
    lost: [...sent].filter(([id, event]) => event.isAcknowledged && !rowsById.has(id)).map(([id]) => id),
    duplicated: ids.filter((id) => rowsById.get(id) !== 1),
    unknown: ids.filter((id) => !sent.has(id)),
    unacknowledged: ids.filter((id) => sent.get(id)?.isAcknowledged === false),
    deadLetters: (await queueCounts(queueUrl)).deadLetters,
    quarantined,
  }
}

function readStored(databaseUrl: string) {
  return withClient(databaseUrl, async (client) => {
    const stored = await client.query<{ event_id: string; rows: number }>(
      'select event_id, count(*)::int as rows from playtrace.events group by event_id',
    )
    const rejected = await client.query('select count(*)::int as rows from playtrace.rejected_events')
    return {
      rowsById: new Map(stored.rows.map(({ event_id, rows }) => [event_id, rows])),
      quarantined: rejected.rows[0].rows as number,
    }
  })
}

/** Resolves when another batch is stored. At the call, the server may still be recovering. */
export async function untilStoring(databaseUrl: string, timeoutMs: number): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  pool.on('error', () => {}) // the next query fails with the same error
  const batches = async () => {
    const counted = await pool.query('select count(*)::int as batches from playtrace.batches').catch(() => undefined)
    return counted?.rows[0].batches as number | undefined
  }
  try {
    const before = await until(batches, timeoutMs)
    await until(async () => ((await batches()) ?? 0) > before, timeoutMs)
  } finally {
    await pool.end()
  }
}

/** The number of batches that are not stored yet, and the number of dead letters. */
export async function queueCounts(queueUrl: string): Promise<{ open: number; deadLetters: number }> {
  const queue = await openBullmqQueue(queueUrl, () => {})
  try {
    const { waiting, active, delayed, dead_letters } = await queue.counts()
    return { open: waiting + active + delayed, deadLetters: dead_letters }
  } finally {
    await queue.close()
  }
}
