// What everything takes when nothing happens: `playtrace start` with the embedded database, all of its processes.
import { setTimeout as wait } from 'node:timers/promises'
import { startPlaytrace } from './system/playtrace.ts'
import { proportionalBytesOf } from './system/process-usage.ts'

const QUIET_MS = 10_000

/** @returns bytes, what processes share counted once */
export async function idleBytes(dataDir: string): Promise<number> {
  const playtrace = await startPlaytrace({ dataDir, queue: 'postgres' })
  try {
    await playtrace.storage.close() // the bench's own connection is not Playtrace's
    await wait(QUIET_MS)
    return proportionalBytesOf([playtrace.supervisorPid])
  } finally {
    await playtrace.close()
  }
}
