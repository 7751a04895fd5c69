// Runs work in one transaction.
import { DatabaseError, type PoolClient } from 'pg'
import type { Database } from './database.ts'
import { storageErrorOf } from './storage-error.ts'

/** @throws StorageError for whatever fails; nothing was changed then */
export async function inTransaction<T>(database: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await database.connect()
  let broken: Error | undefined
  // A cut connection fails the running query and also emits 'error'; without a listener that would end the process.
  const onCut = (error: Error) => {
    broken = error
  }
  client.on('error', onCut)
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    const failure = storageErrorOf(error)
    // The server may have become a standby (25006), or the schema may have changed. Only a new connection notices.
    if (failure.code === 'DATABASE_AWAY' || failure.code === 'DATABASE_UNFIT') broken = failure
    if (error instanceof DatabaseError) {
      await client.query('rollback').catch((rollbackError: Error) => {
        broken = rollbackError // the connection is gone, and the transaction with it
      })
    } else broken = error as Error // the server did not report it, and may be gone: the connection is closed
    throw failure
  } finally {
    client.off('error', onCut)
    client.release(broken)
  }
}
