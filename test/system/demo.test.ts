// `npm run demo` as a person runs it: 60 days are there with the times they had, players go on, and a second run doubles nothing.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { demoConfig } from '../../src/commands/demo.ts'
import { findEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.ts'
import { uncountedEvents } from '../counted-events.ts'
import { onEnd } from '../on-end.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { bareEnvironment, collect, PROGRAM, stop } from './launch.ts'

const READY_TIMEOUT_MS = 120_000

interface Demo {
  output: () => string
  loaded: number
  /** Must become empty, when the fold has counted all events. */
  uncounted: () => Promise<unknown[]>
  query: (sql: string) => Promise<Record<string, number>>
  end: () => Promise<void>
}

async function runDemo(t: TestContext, folder: string): Promise<Demo> {
  const child = spawn(process.execPath, [PROGRAM, 'demo'], {
    cwd: folder,
    env: bareEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collect(child)
  onEnd(t, () => stop(child))
  await until(() => {
    assert.equal(child.exitCode, null, output())
    return /Dashboard +http:/.test(output())
  }, READY_TIMEOUT_MS)
  const url = (await findEmbeddedPostgres(join(folder, '.playtrace-demo'))) ?? assert.fail(output())
  return {
    output,
    loaded: Number(/^sent \d+, accepted (\d+), rejected \d+$/m.exec(output())?.[1]),
    uncounted: () => withClient(url, uncountedEvents),
    query: (sql) => withClient(url, async (client) => (await client.query(sql)).rows[0]),
    async end() {
      child.kill('SIGINT')
      const [code] = await once(child, 'close')
      assert.equal(code, 0, output())
    },
  }
}

const PAST = `select count(*)::int as events, count(distinct corrected_at::date)::int as days,
  count(*) filter (where corrected_at <> occurred_at)::int as moved from playtrace.events where player_id like 'player-60-%'`
/** By day: the rejected events, and the purchases that are stored and not counted. */
const FAULTY = `select (select count(*) from playtrace.rejected_events)::int as rejected,
  (select count(*) from playtrace.events where mismatch is not null)::int as mismatched`

const portOf = (output: string) => /Dashboard +(http:\S+)/.exec(output)?.[1]

test('60 days, then live players, until Ctrl-C; a second run says that it is loaded, and doubles nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-demo-'))
  onEnd(t, () => rm(folder, { recursive: true, force: true }))
  const first = await runDemo(t, folder)
  assert.ok(first.loaded > 60_000 && first.loaded < 150_000, first.output())
  assert.match(first.output(), /Admin key {3}pt_a_/)
  assert.match(first.output(), /Write key {3}pt_w_/)
  // A live player of the same day of the history may have sent more.
  await until(async () => ((await first.query(PAST))['events'] ?? 0) >= first.loaded, READY_TIMEOUT_MS)
  const { days = 0, moved } = await first.query(PAST)
  assert.ok(days === 60 || days === 59, `${days} days: none has played yet at night`)
  assert.equal(moved, 0)
  const { rejected = 0, mismatched = 0 } = await first.query(FAULTY)
  assert.ok(rejected > 50 && rejected < 1_000, `${rejected} rejected events`)
  assert.ok(mismatched > 20 && mismatched < 500, `${mismatched} purchases that are not counted`)
  await until(async () => {
    const { writes } = await first.query('select count(*)::int as writes from playtrace.unrolled_writes')
    return writes === 0 && (await first.uncounted()).length === 0
  }, READY_TIMEOUT_MS)
  await first.end()

  const second = await runDemo(t, folder)
  assert.match(second.output(), /Loading the events since the last run/)
  assert.ok(second.loaded < 2_000, second.output())
  await until(async () => ((await second.query(PAST))['events'] ?? 0) >= first.loaded)
  assert.equal(portOf(second.output()), portOf(first.output()), 'the addresses stay valid')
  await second.end()
})

test('it keeps apart from the data that the environment names', () => {
  const { databaseUrl, queueUrl, dataDir, port } = demoConfig({
    DATABASE_URL: 'postgres://ours',
    QUEUE_URL: 'redis://ours',
    PLAYTRACE_DATA_DIR: '/ours',
    PORT: '8123',
  })
  assert.deepEqual([databaseUrl, queueUrl, dataDir, port], [undefined, undefined, '.playtrace-demo', 8123])
  assert.equal(demoConfig({}).port, 0)
})
