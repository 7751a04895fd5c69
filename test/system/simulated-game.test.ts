// A simulated game goes through the real API, out of order and in part twice. The rollups are what the oracle makes of the
// events that the simulator played.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDelivery } from '../../src/client/deliver-events.ts'
import { ndjsonBody } from '../../src/client/encode-body.ts'
import type { OverviewReport } from '../../src/contract/reports.ts'
import { historyMoments } from '../../src/simulation/history.ts'
import { randomStream } from '../../src/simulation/random.ts'
import { type SimulatedEvent, simulatedEvents } from '../../src/simulation/simulated-events.ts'
import { storableEvent } from '../batches.ts'
import { expectedRollups, type MeantEvent } from '../expected-rollups.ts'
import { dumpRollups } from '../rollup-dump.ts'
import { until } from '../until.ts'
import { withClient } from '../with-client.ts'
import { type System, startSystem } from './system.ts'

const SEED = 11
const DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000
const NEW_PLAYERS_PER_DAY = 40
const REQUEST_EVENTS = 500
const STORED_TIMEOUT_MS = 90_000

/** Every event, one in ten twice, in no order. */
function inDisorder(events: SimulatedEvent[]): SimulatedEvent[] {
  const random = randomStream(SEED, 3)
  return events
    .flatMap((event) => (random.chance(0.1) ? [event, event] : [event]))
    .map((event) => ({ event, at: random.fraction() }))
    .sort((one, other) => one.at - other.at)
    .map(({ event }) => event)
}

async function send({ url, writeKey }: System, events: SimulatedEvent[]): Promise<void> {
  const stop = new AbortController().signal
  const delivery = openDelivery({ url, key: writeKey, encode: ndjsonBody, stop })
  for (let index = 0; index < events.length; index += REQUEST_EVENTS) {
    const request = events.slice(index, index + REQUEST_EVENTS)
    await delivery.deliver(request.map((event) => ({ number: 0, json: Buffer.from(JSON.stringify(event)) })))
  }
  await delivery.finish()
  assert.deepEqual([delivery.tally.accepted, delivery.tally.rejected], [events.length, 0])
}

async function countedEvents({ url, adminKey }: System, from: string, to: string): Promise<number> {
  const response = await fetch(new URL(`/v1/games/demo/reports/overview?from=${from}&to=${to}`, url), {
    headers: { authorization: `Bearer ${adminKey}` },
  })
  assert.equal(response.status, 200)
  return ((await response.json()) as OverviewReport).current.events
}

function meantEvent({ session_id, properties, ...fields }: SimulatedEvent): MeantEvent {
  const { name } = fields
  // biome-ignore lint/suspicious/noExplicitAny: a simulated event has the properties of its name
  const of = properties as any
  return {
    event: storableEvent(fields),
    ...(name.startsWith('level_') && { level: String(of.level) }),
    ...(name === 'level_complete' && { durationMs: of.duration_ms }),
    ...(name.startsWith('resource_') && {
      resource: { resource: of.resource, item: of.item, amount: of.amount },
    }),
    ...(name === 'purchase' && { purchase: { ...of, amount_minor: String(of.amount_minor) } }),
  }
}

test('the reports are kept from what was played, to the digit', async (t) => {
  const system = await startSystem(t)
  const toMs = Math.floor(Date.now() / DAY_MS) * DAY_MS
  const [firstDayMs, from, to] = [toMs - DAYS * DAY_MS, dayOf(toMs - DAYS * DAY_MS), dayOf(toMs)]
  const moments = historyMoments({ seed: SEED, firstDayMs, newPlayersPerDay: NEW_PLAYERS_PER_DAY }, toMs)
  const events = [...simulatedEvents(moments, SEED)]
  assert.ok(events.length > 50_000)
  await send(system, inDisorder(events))
  await until(async () => (await countedEvents(system, from, to)) >= events.length, STORED_TIMEOUT_MS)
  assert.equal(await countedEvents(system, from, to), events.length)

  const rollups = await withClient(system.databaseUrl, dumpRollups)
  const expected = expectedRollups(events.map(meantEvent))
  for (const [table, rows] of Object.entries(expected)) {
    assert.ok(rows.length > 0 || table === 'mismatch_days', table)
    assert.deepEqual(rollups[table as keyof typeof rollups], rows, table)
  }
})

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
