// A simulated game through the real API, out of order and in part twice: every figure that Playtrace answers is the
// simulator's own, to the digit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDelivery } from '../../src/client/deliver-events.ts'
import { ndjsonBody } from '../../src/client/encode-body.ts'
import type { PlayerProfile } from '../../src/contract/player.ts'
import type { OverviewReport } from '../../src/contract/reports.ts'
import { historyMoments } from '../../src/simulation/history.ts'
import { randomStream } from '../../src/simulation/random.ts'
import { type SimulatedEvent, simulatedEvents } from '../../src/simulation/simulated-events.ts'
import { trueLevels } from '../truth/levels.ts'
import { trueResources, trueRevenue } from '../truth/money.ts'
import { addDays, DAY_MS, type Days, dayOf, type Played, whatWasPlayed } from '../truth/played.ts'
import { trueFunnel, trueOverview, trueProfile, trueRetention } from '../truth/players.ts'
import { type Asked, trueTimeseries } from '../truth/timeseries.ts'
import { until } from '../until.ts'
import { type System, startSystem } from './system.ts'

const SEED = 11
const DAYS = 30
const NEW_PLAYERS_PER_DAY = 40
const REQUEST_EVENTS = 500
const STORED_TIMEOUT_MS = 90_000
/** So that some of those who stopped have been away for long enough. */
const ENDED_DAYS_AGO = 3

/** Every event, one in ten twice, in no order. */
function inDisorder(events: SimulatedEvent[]): SimulatedEvent[] {
  const random = randomStream(SEED, 3)
  const sent = events.flatMap((event) => (random.chance(0.1) ? [event, event] : [event]))
  for (let last = sent.length - 1; last > 0; last--) {
    const other = random.whole(0, last)
    const [one, two] = [sent[last], sent[other]] as [SimulatedEvent, SimulatedEvent]
    sent[last] = two
    sent[other] = one
  }
  return sent
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

type Query = Record<string, string | string[]>

function asker({ url, adminKey }: System) {
  return async <T>(path: string, query: Query = {}): Promise<T> => {
    const asked = new URL(`/v1/games/demo/${path}`, url)
    for (const [name, value] of Object.entries(query))
      for (const one of [value].flat()) asked.searchParams.append(name, one)
    const response = await fetch(asked, { headers: { authorization: `Bearer ${adminKey}` } })
    assert.equal(response.status, 200, `${asked.pathname}${asked.search}`)
    return (await response.json()) as T
  }
}

/** Some figures go as far as today: where that ends between two questions, they are asked again. */
async function onOneDay(compare: (today: string) => Promise<void>): Promise<void> {
  const today = dayOf(Date.now())
  await compare(today).catch((error) => {
    if (dayOf(Date.now()) === today) throw error
    return compare(dayOf(Date.now()))
  })
}

interface Loaded {
  played: Played[]
  ask: ReturnType<typeof asker>
  /** The whole game, and a week of it. */
  ranges: Days[]
}

async function loadGame(system: System): Promise<Loaded> {
  const ask = asker(system)
  const to = addDays(dayOf(Date.now()), -ENDED_DAYS_AGO)
  const from = addDays(to, 1 - DAYS)
  const game = { seed: SEED, firstDayMs: Date.parse(from), newPlayersPerDay: NEW_PLAYERS_PER_DAY }
  const moments = [...historyMoments(game, Date.parse(to) + DAY_MS)]
  await send(system, inDisorder([...simulatedEvents(moments, SEED)]))
  await until(async () => {
    const { current } = await ask<OverviewReport>('reports/overview', { from, to })
    return current.events >= moments.length
  }, STORED_TIMEOUT_MS)
  const week = { from: addDays(from, 17), to: addDays(from, 23) }
  return { played: whatWasPlayed(moments), ask, ranges: [{ from, to }, week] }
}

test('what Playtrace answers is what was played', async (t) => {
  const { played, ask, ranges } = await loadGame(await startSystem(t))

  await t.test('reports/overview', async () => {
    assert.ok(played.length > 50_000)
    for (const days of ranges) {
      assert.deepEqual(await ask('reports/overview', { ...days }), trueOverview(played, days))
    }
  })

  await t.test('reports/retention, by day and by week', async () => {
    await onOneDay(async (today) => {
      for (const days of ranges) {
        for (const by of ['day', 'week'] as const) {
          const answer = await ask('reports/retention', { by, ...days })
          assert.deepEqual(answer, trueRetention(played, days, by, today))
        }
      }
    })
  })

  await t.test('reports/levels', async () => {
    await onOneDay(async (today) => {
      for (const days of ranges) {
        const truth = trueLevels(played, days, today)
        assert.ok(truth.levels.some(({ stopped }) => stopped > 0))
        assert.deepEqual(await ask('reports/levels', { ...days }), truth)
      }
    })
  })

  await t.test('reports/revenue', async () => {
    for (const days of ranges) {
      const truth = trueRevenue(played, days)
      assert.ok(truth.currencies.length > 1)
      assert.deepEqual(await ask('reports/revenue', { ...days }), truth)
    }
  })

  await t.test('reports/resources', async () => {
    for (const days of ranges) {
      assert.deepEqual(await ask('reports/resources', { ...days }), trueResources(played, days))
    }
  })

  await t.test('reports/funnel', async () => {
    const names = ['session_start', 'level_complete', 'level_fail', 'ad_impression', 'purchase']
    for (const days of ranges) {
      for (const hours of [2, 168]) {
        const answer = await ask('reports/funnel', { step: names, window_hours: String(hours), ...days })
        assert.deepEqual(answer, trueFunnel(played, days, names, hours))
      }
    }
  })

  await t.test('reports/timeseries', async () => {
    const figures = ['events', 'players', 'new_players', 'sessions', 'purchases', 'revenue'] as const
    const asked: Asked[] = [
      ...figures.map((figure) => ({ figure, interval: 'day' as const })),
      { figure: 'events', interval: 'day', split: 'name' },
      { figure: 'events', interval: 'hour', split: 'platform' },
      { figure: 'sessions', interval: 'hour' },
      { figure: 'new_players', interval: 'hour' },
    ]
    for (const days of ranges) {
      for (const one of asked) {
        const answer = await ask('reports/timeseries', { ...one, ...days })
        assert.deepEqual(answer, trueTimeseries(played, days, one), JSON.stringify(one))
      }
    }
  })

  await t.test('players/{player_id}', async () => {
    const payer = played.find(({ name }) => name === 'purchase')?.player_id ?? assert.fail()
    for (const player_id of [payer, `player-${SEED}-1`, `player-${SEED}-200`]) {
      const { first_seen_at, last_seen_at, sessions, ...profile } = await ask<PlayerProfile>(
        `players/${player_id}`,
      )
      const answer = {
        ...profile,
        seenMs: [first_seen_at, last_seen_at].map((time) => Date.parse(time)),
        sessions: sessions.map(({ started_at, ended_at, events }) => ({
          startedMs: Date.parse(started_at),
          endedMs: Date.parse(ended_at),
          events,
        })),
      }
      assert.deepEqual(answer, trueProfile(played, player_id))
    }
  })
})
