// The reading routes that `growth` and `queries` time.
import { setTimeout as wait } from 'node:timers/promises'
import { HISTORY_DAYS } from './events.ts'
import type { Playtrace } from './playtrace.ts'
import { showProgress } from './print.ts'
import { quantile } from './statistics.ts'

/** The folder of the reports below /v1/games/{game}/. */
const REPORTS = 'reports'
const SERIES = `${REPORTS}/timeseries?figure=`
const FUNNEL = `${REPORTS}/funnel?step=session_start&step=level_start&step=level_complete&step=resource_sink&step=purchase`

const GAME = '/v1/games/demo'
const DAY_MS = 24 * 60 * 60 * 1000
const WARM_UP_REQUESTS = 2
/** A slow route is asked less often. */
const ROUTE_MS_MAX = 10_000
const REQUESTS_MIN = 3
/** Longer than the worker waits between two folds. */
const FOLD_POLL_MS = 3_000

/** A stored event, and the day that a request is about. */
interface Sample {
  event_id: string
  name: string
  player_id: string
  session_id: string
  day: string
}

type Path = (range: string, sample: Sample) => string

/** By what they answer, the path below the game. `range` is `from=…&to=…` of the whole history. */
const ROUTES: Record<string, Path> = {
  'report: overview, 7 days': (_, { day }) => `${REPORTS}/overview?from=${dayBefore(day, 6)}&to=${day}`,
  'report: overview': (range) => `${REPORTS}/overview?${range}`,
  'report: events by day': (range) => `${SERIES}events&${range}`,
  'report: events by hour': (range) => `${SERIES}events&interval=hour&${range}`,
  'report: events by day and name': (range) => `${SERIES}events&split=name&${range}`,
  'report: events of a name by platform': (range, { name }) => `${SERIES}events&name=${name}&split=platform&${range}`,
  'report: events by minute, a day': (_, { day }) => `${SERIES}events&interval=minute&from=${day}&to=${day}`,
  'report: events by a property, a day': (_, { day }) =>
    `${SERIES}events&interval=hour&name=level_complete&split=properties.level&from=${day}&to=${day}`,
  'report: players by day': (range) => `${SERIES}players&${range}`,
  'report: new players by day': (range) => `${SERIES}new_players&${range}`,
  'report: sessions by day': (range) => `${SERIES}sessions&${range}`,
  'report: revenue by day': (range) => `${SERIES}revenue&${range}`,
  'report: retention by day': (range) => `${REPORTS}/retention?${range}`,
  'report: retention by week': (range) => `${REPORTS}/retention?by=week&${range}`,
  'report: levels': (range) => `${REPORTS}/levels?${range}`,
  'report: funnel of 5 steps': (range) => `${FUNNEL}&${range}`,
  'report: revenue': (range) => `${REPORTS}/revenue?${range}`,
  'report: resources': (range) => `${REPORTS}/resources?${range}`,
  'properties of a name': (_, { name }) => `properties?name=${name}`,
  'a player': (_, { player_id }) => `players/${player_id}`,
  'events: first page': () => 'events',
  'events: first page of a name': (_, { name }) => `events?name=${name}`,
  'events: of a player': (_, { player_id }) => `events?player_id=${player_id}`,
  'events: of a session': (_, { session_id }) => `events?session_id=${session_id}`,
  'events: up to a day': (_, { day }) => `events?to=${day}T00:00:00Z`,
  'an event by its id': (_, { event_id }) => `events/${event_id}`,
  'rejections by reason': () => 'rejections',
}

export type RouteTimes = { p50: number; p95: number; max: number } | { status: number }

/** @param todayMs the history ends on the day before */
export async function timeRoutes(
  playtrace: Playtrace,
  todayMs: number,
  requests: number,
): Promise<Record<string, RouteTimes>> {
  const day = (before: number) => dayBefore(new Date(todayMs).toISOString().slice(0, 10), before)
  const range = `from=${day(HISTORY_DAYS - 1)}&to=${day(1)}`
  const samples: Sample[] = []
  for (let before = 1; before < HISTORY_DAYS; before++) {
    const { body } = await get(playtrace, `events?to=${day(before)}T12:00:00Z&limit=1`)
    const [event] = (body as { events: Omit<Sample, 'day'>[] }).events
    if (event) samples.push({ ...event, day: day(before) })
  }
  const times: Record<string, RouteTimes> = {}
  for (const [route, path] of Object.entries(ROUTES)) {
    showProgress(`reading: ${route}`)
    times[route] = await timeRoute(
      playtrace,
      (number) => path(range, samples[number % samples.length] as Sample),
      requests,
    )
  }
  return times
}

async function timeRoute(
  playtrace: Playtrace,
  path: (number: number) => string,
  requests: number,
): Promise<RouteTimes> {
  const timesMs: number[] = []
  const startedMs = performance.now()
  for (let number = -WARM_UP_REQUESTS; number < requests; number++) {
    const sentMs = performance.now()
    const { status } = await get(playtrace, path(Math.abs(number)))
    if (status !== 200) return { status }
    if (number >= 0) timesMs.push(performance.now() - sentMs)
    if (timesMs.length >= REQUESTS_MIN && performance.now() - startedMs > ROUTE_MS_MAX) break
  }
  return { p50: quantile(timesMs, 0.5), p95: quantile(timesMs, 0.95), max: Math.max(...timesMs) }
}

/** Resolves when the overview of all days no longer changes, so the worker has folded every stored event. */
export async function untilFolded(playtrace: Playtrace): Promise<void> {
  const today = new Date().toISOString().slice(0, 10)
  const path = `${REPORTS}/overview?from=${dayBefore(today, HISTORY_DAYS)}&to=${today}`
  for (let last: string | undefined; ; await wait(FOLD_POLL_MS)) {
    const { status, body } = await get(playtrace, path)
    if (status !== 200) throw new Error(`${path} answered ${status}.`)
    const overview = JSON.stringify(body)
    if (overview === last) return
    last = overview
  }
}

async function get(playtrace: Playtrace, path: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${playtrace.origin}${GAME}/${path}`, {
    headers: { authorization: `Bearer ${playtrace.adminKey}` },
  })
  return { status: answer.status, body: await answer.json() }
}

function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10)
}
