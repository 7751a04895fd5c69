// Durability checks at start on real servers: the warning for an unsafe setting, and the refusal with REQUIRE_DURABLE=1.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { onEnd } from '../../test/on-end.ts'
import { ownRedis } from '../../test/own-servers.ts'
import { connect, freshDatabase } from '../../test/stores.ts'
import { ConfigError } from '../config.ts'
import { checkDurability } from './check-durability.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/playtrace.ts', import.meta.url))

describe('durability at start', { concurrency: true }, () => {
  test('safe settings cause no warning', async (t) => {
    const databaseUrl = await freshDatabase(t)
    assert.deepEqual(await said(databaseUrl, databaseUrl), [])
    const redis = await ownRedis(t)
    if (redis) assert.deepEqual(await said(databaseUrl, redis.url), [])
  })

  test('a database that commits asynchronously is named with the consequence, once if it also has the queue', async (t) => {
    const [weak, sound] = [await weakDatabase(t), await freshDatabase(t)]
    assert.match(
      (await said(weak, weak)).join('\n'),
      /^PostgreSQL .*synchronous_commit=off.*lost\. Set synchronous_commit=on\.$/,
    )
    assert.match((await said(weak, sound)).join('\n'), /^DATABASE_URL: .*[^\n]$/)
    assert.match((await said(sound, weak)).join('\n'), /^QUEUE_URL: .*synchronous_commit=off/)
  })

  test('a Redis that can lose acknowledged events is named with the consequence', async (t) => {
    const redis = await ownRedis(t)
    if (!redis) return
    const databaseUrl = await freshDatabase(t)
    const admin = new Redis(redis.url)
    onEnd(t, () => admin.disconnect())
    const settings: [string, string, RegExp][] = [
      ['appendfsync', 'everysec', /appendfsync=everysec: .*last second\. Set appendfsync=always\.$/],
      ['appendfsync', 'no', /appendfsync=no: .*half minute/],
      ['maxmemory-policy', 'allkeys-lru', /maxmemory-policy=allkeys-lru: .*drops/],
      ['appendonly', 'no', /appendonly=no: .*a restart loses/],
    ]
    for (const [name, value, sentence] of settings) {
      const [, before] = (await admin.config('GET', name)) as string[]
      await admin.config('SET', name, value)
      const sentences = await said(databaseUrl, redis.url)
      assert.equal(sentences.length, 1, `${name}=${value}`)
      assert.match(sentences[0] ?? '', sentence)
      await admin.config('SET', name, before ?? '')
    }
    assert.deepEqual(await said(databaseUrl, redis.url), [])
    await admin.acl('SETUSER', 'default', '-config')
    assert.match((await said(databaseUrl, redis.url)).join('\n'), /does not allow CONFIG GET/)
  })

  test('with REQUIRE_DURABLE=1 no command starts, and the error names the reason', refusesToStart)
})

async function refusesToStart(t: TestContext): Promise<void> {
  const url = await weakDatabase(t)
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-durability-'))
  onEnd(t, () => rm(dataDir, { recursive: true }))
  for (const command of ['api', 'worker', 'start']) {
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: url,
      REQUIRE_DURABLE: '1',
      PORT: '0',
      PLAYTRACE_DATA_DIR: dataDir,
    }
    await assert.rejects(
      promisify(execFile)(process.execPath, [PROGRAM, command], { env, timeout: 30_000 }),
      (error: { code: number; stderr: string }) => {
        assert.equal(error.code, 1, command)
        assert.match(error.stderr, /^REQUIRE_DURABLE is 1.*\n- PostgreSQL runs with synchronous_commit=off/)
        return true
      },
    )
  }
}

async function weakDatabase(t: TestContext): Promise<string> {
  const url = await freshDatabase(t)
  const name = new URL(url).pathname.slice(1)
  await connect(t, url).query(`alter database ${name} set synchronous_commit = off`)
  return url
}

/** The warnings in the log. The error of a process that refuses to start contains the same sentences. */
async function said(databaseUrl: string, queueUrl: string): Promise<string[]> {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line).msg) })
  await checkDurability({ requireDurable: false, queueReplicasMin: 0 }, { databaseUrl, queueUrl }, log)
  const refused = checkDurability({ requireDurable: true, queueReplicasMin: 0 }, { databaseUrl, queueUrl }, log)
  if (lines.length === 0) await refused
  else {
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof ConfigError)
      for (const line of lines) assert.ok(error.message.includes(line))
      return true
    })
  }
  return lines
}
