// What `npm run bench -- growth` keeps, and the newest of it for the table of targets.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Latency } from '../figures.ts'
import { RESULTS_DIR } from '../record.ts'
import { median } from '../statistics.ts'

/** Or the status that a route was answered with instead: 503 where it took too long. */
export type ReadingTime = Latency | { status: number }

export interface GrowthAtSize {
  /** In the table before the load. */
  rows: number
  /** Events a second, ÷ those of an empty system in the same round; a figure a round. */
  ratios: number[]
  eventsPerSecond: number[]
  bytes: number
  /** Of the reading routes. */
  reading: Record<string, ReadingTime>
}

/** The target's; a growth run to less says nothing about it. */
const ROWS_MIN = 20_000_000

export async function newestGrowth(): Promise<{ rows: number; ratio: number; from: string } | undefined> {
  const files = await readdir(RESULTS_DIR).catch(() => [])
  const newest = files
    .filter((file) => file.endsWith('-growth.json'))
    .sort()
    .at(-1)
  if (!newest) return undefined
  const { sizes } = JSON.parse(await readFile(join(RESULTS_DIR, newest), 'utf8')) as { sizes: GrowthAtSize[] }
  const largest = sizes.reduce((one, other) => (other.rows > one.rows ? other : one))
  if (largest.rows < ROWS_MIN) return undefined
  return { rows: largest.rows, ratio: median(largest.ratios), from: newest.replace('.json', '') }
}
