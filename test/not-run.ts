// What a run of the suite leaves out is said in its last lines: test/run.ts reads what is noted here.
import { appendFileSync, readFileSync } from 'node:fs'

export interface NotRun {
  /** What was left out, such as "the Redis half of the queue suite". */
  what: string
  /** For want of what, such as "no redis-server on PATH". */
  why: string
  /** With REQUIRE_ALL=1 it fails the run: something that CI installs. False for data that only some machines have. */
  required: boolean
}

/** To be called by a test that returns without having tested. */
export function notRun(left: NotRun): void {
  const file = process.env['TEST_NOT_RUN']
  if (file) noteNotRun(file, left)
  else console.log(notRunLine(left))
}

export function noteNotRun(file: string, left: NotRun): void {
  appendFileSync(file, `${JSON.stringify(left)}\n`)
}

export function readNotRun(file: string): NotRun[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return [...new Set(lines)].map((line) => JSON.parse(line) as NotRun)
}

export function notRunLine({ what, why }: NotRun): string {
  return `not run: ${what}: ${why}`
}
