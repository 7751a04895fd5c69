// What the jobs that wait in a queue take, as they are kept there.
import { Redis } from 'ioredis'
import type pg from 'pg'

/** PostgreSQL's header of each row. */
const ROW_HEADER_BYTES = 24

/** The rows of BullMQ's jobs, column by column as stored, without the indexes. */
export async function postgresQueueBytes(client: pg.Client): Promise<number> {
  const columns = await client.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = 'bullmq.job'::regclass and attnum > 0 and not attisdropped`,
  )
  const sizes = columns.rows.map(({ name }) => `coalesce(pg_column_size(${name}), 0)`)
  const { rows } = await client.query(
    `select coalesce(sum(${ROW_HEADER_BYTES} + ${sizes.join(' + ')}), 0) as bytes from bullmq.job`,
  )
  return Number(rows[0].bytes)
}

/** Every key, as Redis counts its memory. */
export async function redisQueueBytes(url: string): Promise<number> {
  const client = new Redis(url)
  try {
    let bytes = 0
    for await (const keys of client.scanStream({ count: 1000 })) {
      const sizes = await Promise.all(
        (keys as string[]).map((key) => client.memory('USAGE', key, 'SAMPLES', 0)),
      )
      for (const size of sizes) bytes += size ?? 0
    }
    return bytes
  } finally {
    client.disconnect()
  }
}
