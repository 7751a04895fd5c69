// What the bench prints beside its tables: the surroundings of a run, and on a terminal the progress.
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, hostname, release, totalmem } from 'node:os'

const GIGABYTE = 1024 ** 3
const CLEAR_LINE = '\r\x1b[K'

/** One line on a terminal that the next call replaces; nothing where standard error is not a terminal. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${CLEAR_LINE}${text}`)
}

function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `${hostname()}, ${model}, ${availableParallelism()} cores, ${(totalmem() / GIGABYTE).toFixed(1)} GB`
}

export function commitOf(checkout: string): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: checkout, encoding: 'utf8' }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes'
    return `${git('rev-parse', '--short', 'HEAD')}${changed}`
  } catch {
    return 'unknown'
  }
}

export function surroundings(checkout: string): string {
  return [
    `Machine: ${machine()}, kernel ${release()}, Node ${process.version}`,
    `Commit: ${commitOf(checkout)}`,
    `Date: ${new Date().toISOString()}`,
  ].join('\n')
}
