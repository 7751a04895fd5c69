// 10,000 real events of the game WAVES (Open Game Data, February 2023), sent twice: every one is stored, once, with
// properties equal to what was sent. Runs where the file is; the project does not contain it.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { OverviewReport } from '../../src/contract/reports.ts'
import { ensureGame, setGame } from '../../src/storage/games/games.ts'
import { uncountedEvents } from '../counted-events.ts'
import { freshRedis } from '../fresh-redis.ts'
import { notRun } from '../not-run.ts'
import { openFreshDatabase } from '../stores.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { startSystem } from './system.ts'

const WAVES = fileURLToPath(new URL('../../../shared/data/waves-2023-02.ndjson.gz', import.meta.url))
const EVENTS = 10_000
const PLAYERS = 45
const RECORDED = 'from=2023-02-01&to=2023-02-28'

test('WAVES sent twice is stored once: the queue on PostgreSQL', (t) => wavesCheck(t, {}))

test('WAVES sent twice is stored once: the queue on Redis', async (t) => {
  const redisUrl = await freshRedis(t)
  if (redisUrl) await wavesCheck(t, { QUEUE_URL: redisUrl })
})

async function wavesCheck(t: TestContext, environment: Record<string, string>): Promise<void> {
  if (!existsSync(WAVES)) {
    return notRun({ what: 'the check on real events', why: `no ${WAVES}`, required: false })
  }
  // Without the settings, no time of 2023 would be believed.
  const { url, database } = await openFreshDatabase(t)
  await ensureGame(database, 'demo')
  await setGame(database, 'demo', { firstDay: '2023-01-01', lateDays: 36_500 })
  const system = await startSystem(t, { DATABASE_URL: url, ...environment })
  for (let time = 1; time <= 2; time++) {
    const { code, output } = await system.run('send', WAVES, '--url', system.url)
    assert.equal(code, 0, output)
    assert.match(output, /sent 10000, accepted 10000, rejected 0/)
  }
  const overview = await until(async () => {
    const metrics = await (await fetch(`${system.url}/metrics`)).text()
    const repeated = /^playtrace_events_repeated_total (\d+)$/m.exec(metrics)?.[1]
    const answer = await fetch(`${system.url}/v1/games/demo/reports/overview?${RECORDED}`, {
      headers: { authorization: `Bearer ${system.adminKey}` },
    })
    const { current } = (await answer.json()) as OverviewReport
    // Until the second time has been consumed too, the count could still grow.
    return Number(repeated) === EVENTS && current.events >= EVENTS && current
  })
  assert.equal(overview.events, EVENTS)
  assert.equal(overview.players, PLAYERS)
  assert.equal(await eventsUnlikeWhatWasSent(url), 0)
  assert.deepEqual(await uncountedEvents(database), [])
}

/** Compared by PostgreSQL itself, from the text of each line: JavaScript's numbers have no part in it. */
async function eventsUnlikeWhatWasSent(databaseUrl: string): Promise<number> {
  const lines = gunzipSync(await readFile(WAVES))
    .toString()
    .trimEnd()
    .split('\n')
  assert.equal(lines.length, EVENTS)
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query(
      `with sent as (select line::jsonb as event from unnest($1::text[]) as line)
       select count(*)::int as unlike from sent
       full join playtrace.events on events.event_id = (event->>'event_id')::uuid
       where (event->'properties', event->>'name', event->>'player_id', event->>'session_id',
              (event->>'occurred_at')::timestamptz, event->>'app_version', event->>'platform')
         is distinct from (properties, name, player_id, session_id, occurred_at, app_version, platform)`,
      [lines],
    ),
  )
  return rows[0].unlike
}
