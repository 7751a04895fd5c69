// What a run leaves behind: its tables with machine, versions and date, and beside them the raw rounds.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBinaries } from '../../src/storage/embedded-postgres/binaries.ts'
import { findRedisServer } from '../../test/redis-server.ts'

export const RESULTS_DIR = fileURLToPath(new URL('./results/', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const GIGABYTE = 1024 ** 3

/** Where and by what it was measured, a line each. */
export async function surroundings(): Promise<string[]> {
  const { postgres } = await findBinaries()
  const redis = findRedisServer()
  const model = cpus()[0]?.model ?? 'unknown CPU'
  return [
    `Machine: ${model}, ${availableParallelism()} cores, ${(totalmem() / GIGABYTE).toFixed(1)} GB, kernel ${release()}, load before it ${loadAverage()}`,
    `Versions: Node ${process.version}, ${firstLine(postgres, '--version')}, ${redis ? firstLine(redis, '--version') : 'no Redis'}`,
    `Commit: ${commit()}`,
    `Date: ${new Date().toISOString()}`,
  ]
}

/**
 * Writes `<date>-<what>.md` and `.json` below bench/results/.
 * @returns the path of the first
 */
export async function keepResult(what: string, text: string, raw: object): Promise<string> {
  await mkdir(RESULTS_DIR, { recursive: true })
  const date = new Date().toISOString().slice(0, 16).replace('T', '-').replace(':', '')
  const path = join(RESULTS_DIR, `${date}-${what}`)
  await writeFile(`${path}.md`, `${text}\n`)
  await writeFile(`${path}.json`, `${JSON.stringify(raw)}\n`)
  return `${path}.md`
}

function loadAverage(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ')[0] ?? ''
}

function firstLine(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0] ?? ''
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  try {
    const changed =
      git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ', and what is not committed'
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`
  } catch {
    return 'unknown'
  }
}
