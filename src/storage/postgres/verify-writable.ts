// Verifies that the database takes writes. A standby and a read-only database answer every query that only reads.
import type { Database } from './database.ts'

/**
 * Inserts no row into the table of events: this needs the right to insert, and a server that takes writes.
 * @throws StorageError if events cannot be written now
 */
export async function verifyWritable(database: Database): Promise<void> {
  await database.query('insert into playtrace.events select * from playtrace.events where false')
}
