// The real system and its game for tests of the dashboard: it sends events through the API, and runs the SQL that defines what
// the screens must show.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { ndjsonBody } from '../../src/client/encode-body.ts'
import { REQUEST_EVENTS_MAX } from '../../src/contract/limits.ts'
import { historyEvents } from '../../src/simulation/history.ts'
import { DAY_MS, startOfDay } from '../../src/simulation/visits.ts'
import { type Database, openDatabase } from '../../src/storage/postgres/database.ts'
import { onEnd } from '../on-end.ts'
import { readDefinitions, runDefinition, type Values } from '../reports/reports-system.ts'
import { type System, startSystem } from '../system/system.ts'
import { until } from '../until.ts'

/** With this seed new players pay within the range in all four currencies, whatever the weekday. */
const PLAY = { seed: 52, newPlayersPerDay: 6, days: 21 }
const RANGE_DAYS = 14
const COUNTED_MS_MAX = 30_000
/** Events with a property in the wrong place, and one event without player_id. */
export const REJECTED = [
  ...Array.from({ length: 12 }, (_, at) => ({
    name: 'level_complete',
    player_id: `player-${at}`,
    app_version: '1.5.1',
    lvl: at + 1,
  })),
  { name: 'session_start', app_version: '1.5.1' },
]

export interface Game extends System {
  database: Database
  /** The newest days that are over. The game was played in half of the previous period of the same length. */
  range: { from: string; to: string }
  /** Sends events to the API, which must accept all of them. */
  send(events: object[]): Promise<void>
  /** Runs a statement of docs/reports.md for the range. */
  define<Row>(definition: string, values?: Values): Promise<Row[]>
}

/** Opens the real system without events. */
export async function openGame(t: TestContext): Promise<Game> {
  const system = await startSystem(t)
  const reportError = (error: Error) => assert.fail(error)
  const database = openDatabase(system.databaseUrl, { name: 'browser-test', connectionsMax: 2, reportError })
  onEnd(t, () => database.end())
  const todayMs = startOfDay(Date.now())
  const range = { from: dayAt(todayMs - RANGE_DAYS * DAY_MS), to: dayAt(todayMs - DAY_MS) }
  const definitions = readDefinitions()
  return {
    ...system,
    database,
    range,
    send: (events) => send(system, events),
    async define<Row>(definition: string, values: Values = {}) {
      const statement = definitions.get(definition) ?? assert.fail(`docs/reports.md has no ${definition}`)
      const given = { game_id: 1, today: dayAt(todayMs), ...range, ...values }
      const rows = await runDefinition(database, statement, given)
      assert.ok(rows.length > 0, `${definition}: there is something to compare`)
      return rows as Row[]
    },
  }
}

/** Sends three weeks of play, up to yesterday. */
export async function play({ database, send }: Game): Promise<void> {
  const untilMs = startOfDay(Date.now())
  const firstDayMs = untilMs - PLAY.days * DAY_MS
  const before = await storedIn(database)
  const events = [...historyEvents({ ...PLAY, firstDayMs }, firstDayMs, untilMs)]
  await send(events)
  await counted(database, before + events.length)
}

/** Resolves when this many events are stored and in the rollups. */
export async function counted(database: Database, events: number): Promise<void> {
  await until(async () => (await storedIn(database)) === events, COUNTED_MS_MAX)
  await until(async () => {
    const { rows } = await database.query('select from playtrace.unrolled_writes limit 1')
    return rows.length === 0
  }, COUNTED_MS_MAX)
}

async function storedIn(database: Database): Promise<number> {
  const { rows } = await database.query('select count(*)::int as events from playtrace.events')
  return rows[0].events
}

/** Sends events that the API must reject. */
export async function reject({ url, writeKey }: Pick<System, 'url' | 'writeKey'>, events: object[]): Promise<void> {
  const headers = { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  assert.equal(answer.status, 422)
}

async function send({ url, writeKey }: System, events: object[]): Promise<void> {
  for (let at = 0; at < events.length; at += REQUEST_EVENTS_MAX) {
    const entries = events
      .slice(at, at + REQUEST_EVENTS_MAX)
      .map((event, number) => ({ number, json: Buffer.from(JSON.stringify(event)) }))
    const { bytes, contentType, contentEncoding = 'identity' } = await ndjsonBody(entries)
    const headers = {
      authorization: `Bearer ${writeKey}`,
      'content-type': contentType,
      'content-encoding': contentEncoding,
    }
    const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: new Uint8Array(bytes) })
    assert.equal(answer.status, 202)
    assert.deepEqual(await answer.json(), { accepted: entries.length, rejected: [] })
  }
}

const dayAt = (ms: number) => new Date(ms).toISOString().slice(0, 10)
