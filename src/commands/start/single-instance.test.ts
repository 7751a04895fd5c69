// The lock of a data folder.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { lockDataDir } from './single-instance.ts'

test('a lock is held once, names the process that holds it, and is free after its release', async () => {
  const dataDir = `/playtrace-test/${randomUUID()}`
  const first = await lockDataDir(dataDir)
  assert.ok(first.held)
  assert.deepEqual(await lockDataDir(dataDir), { held: false, pid: String(process.pid) })
  const other = await lockDataDir(`${dataDir}-2`)
  assert.ok(other.held)
  await other.release()
  await first.release()
  const again = await lockDataDir(dataDir)
  assert.ok(again.held)
  await again.release()
})

test('what another user answers in place of the holder is not believed', async (t) => {
  if (process.platform !== 'linux') return
  const answers = ['\u001b[31mAll is lost', '12 34', '9'.repeat(21), '1'.repeat(1_000_000), '', '-1']
  for (const answer of answers) {
    const dataDir = `/playtrace-test/${randomUUID()}`
    const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 32)
    const server = createServer((socket) => socket.on('error', () => {}).end(answer))
    await once(server.listen(`\0playtrace-${name}`), 'listening')
    t.after(() => server.close())
    assert.deepEqual(await lockDataDir(dataDir), { held: false, pid: '' }, answer.slice(0, 30))
  }
})

test('a lock ends with the process that holds it, even when that process is killed', async () => {
  const dataDir = `/playtrace-test/${randomUUID()}`
  const script = `
    import { lockDataDir } from ${JSON.stringify(import.meta.resolve('./single-instance.ts'))}
    await lockDataDir(${JSON.stringify(dataDir)})
    console.log('held')
    setInterval(() => {}, 60_000)
  `
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  assert.deepEqual(await lockDataDir(dataDir), { held: false, pid: String(holder.pid) })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const lock = await lockDataDir(dataDir)
  assert.ok(lock.held)
  await lock.release()
})
