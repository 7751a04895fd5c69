// A reporter of node:test: the files that took longest, so that a slow one is noticed.
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

const FILES_SHOWN = 10

export default async function* slowFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string, void> {
  const files: { file: string; seconds: number }[] = []
  for await (const { type, data } of events) {
    if (type !== 'test:summary' || !data.file) continue
    files.push({ file: relative(process.cwd(), data.file), seconds: data.duration_ms / 1000 })
  }
  const shown = files
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, Number(process.env['SLOW'] ?? FILES_SHOWN))
  if (files.length > 1) {
    yield 'slowest files:\n'
    for (const { file, seconds } of shown) yield `${seconds.toFixed(1).padStart(6)} s  ${file}\n`
  }
}
