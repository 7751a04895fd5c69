// The command line on a Node.js that is too old, which npm's own scripts never use.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { PROGRAM } from './system/launch.ts'

const run = promisify(execFile)

/** The Node.js of the machine, with which a person may start the program by hand. */
async function oldNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node')
    if (!existsSync(path)) continue
    const { stdout } = await run(path, ['--version'])
    if (Number(/^v(\d+)/.exec(stdout)?.[1]) < 24) return path
  }
  return undefined
}

test('a Node.js that is too old says what to do', async () => {
  const node = await oldNode()
  // A machine may have no old Node.js. The file must then at least be what an old one can read.
  if (!node) return assert.equal((await run(process.execPath, [PROGRAM, '--version'])).stdout, '0.1.0\n')
  await assert.rejects(run(node, [PROGRAM, 'start']), ({ code, stderr }: { code: number; stderr: string } & Error) => {
    assert.equal(code, 1)
    assert.match(stderr, /^Playtrace needs Node\.js 24; this is \d+\.\d+\.\d+\. Run "npm ci".*\n$/)
    return true
  })
})
