// Which rows of which answer each definition of docs/reports.md defines.
import type { PlayerProfile } from '../../src/contract/player.ts'
import type { Funnel, Levels, Retention } from '../../src/contract/progress-reports.ts'
import type { DataQuality, OverviewReport, Resources, Revenue, SeenProperties } from '../../src/contract/reports.ts'
import type { Timeseries } from '../../src/contract/timeseries.ts'
import type { Values } from './reports-system.ts'

export interface Range {
  from: string
  to: string
}

export interface Check {
  /** The first line of its SQL. */
  definition: string
  path: (range: Range) => string
  /** Beside the range, today and the game. */
  values?: (range: Range) => Values
  rows: (body: never) => unknown[]
}

const query = ({ from, to }: Range) => `from=${from}&to=${to}`
const asked = (path: string) => (range: Range) => `${path}${path.includes('?') ? '&' : '?'}${query(range)}`
const DAY_MS = 24 * 60 * 60 * 1000
const dayAt = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** As long as the range, just before it. */
function before({ from, to }: Range): Range {
  const fromMs = Date.parse(from)
  return { from: dayAt(2 * fromMs - Date.parse(to) - DAY_MS), to: dayAt(fromMs - DAY_MS) }
}

const OVERVIEW: Check[] = (['current', 'previous'] as const).flatMap((period) => {
  const values = (range: Range): Values => ({ ...(period === 'previous' ? before(range) : range) })
  const path = asked('reports/overview')
  return [
    {
      definition: 'overview: players, new_players, events',
      path,
      values,
      rows: ({ [period]: { players, new_players, events } }: OverviewReport) => [{ players, new_players, events }],
    },
    {
      definition: 'overview: sessions, session_seconds',
      path,
      values,
      rows: ({ [period]: { sessions, session_seconds } }: OverviewReport) => [{ sessions, session_seconds }],
    },
    {
      definition: 'overview: rejected_events',
      path,
      values,
      rows: ({ [period]: { rejected_events } }: OverviewReport) => [{ rejected_events }],
    },
    {
      definition: 'overview: payers',
      path,
      values,
      rows: ({ [period]: { payers } }: OverviewReport) => [{ payers }],
    },
  ]
})

/** Points with nothing are no row of a definition. */
function points({ series }: Timeseries, isSplit: boolean): object[] {
  return series.flatMap(({ value, points }) =>
    points.filter(({ count }) => count > 0 || isSplit).map((point) => (isSplit ? { value, ...point } : point)),
  )
}

const TIMESERIES: Check[] = ['hour', 'day'].flatMap((interval) => {
  const values = () => ({ interval, name: 'custom ☃', key: 'mixed' })
  const check = (definition: string, choice: string, isSplit = false): Check => ({
    definition: `timeseries: ${definition}`,
    path: asked(`reports/timeseries?interval=${interval}&figure=${choice}`),
    values,
    rows: (body: Timeseries) => (isSplit ? points(body, true).filter(isSomething) : points(body, false)),
  })
  const ofName = `name=${encodeURIComponent('custom ☃')}`
  return [
    ...['events', 'players', 'new_players', 'sessions', 'purchases'].map((figure) => check(figure, figure)),
    check('revenue', 'revenue', true),
    check('events by name', 'events&split=name', true),
    check('events by platform', 'events&split=platform', true),
    check('events of a name by platform', `events&${ofName}&split=platform`, true),
    check('players of a name by property', `players&${ofName}&split=properties.mixed`, true),
  ]
})

const isSomething = (point: object) => (point as { count: number }).count !== 0

const cohorts = ({ cohorts }: Retention) =>
  cohorts.flatMap(({ first_day, returned }) =>
    returned.flatMap((players, number) => (players > 0 ? { first_day, number, players } : [])),
  )

const STEPS = ['level_start', 'custom ☃', 'purchase']
const FUNNEL = (window_hours: number, first: 'ever' | 'in_range'): Check => ({
  definition: first === 'ever' ? 'funnel: steps' : 'funnel: steps in the range',
  path: asked(
    `reports/funnel?first=${first}&window_hours=${window_hours}&${STEPS.map((name) => `step=${encodeURIComponent(name)}`).join('&')}`,
  ),
  values: () => ({ window_hours, step_1: 'level_start', step_2: 'custom ☃', step_3: 'purchase' }),
  rows: ({ steps }: Funnel) => steps,
})

const PROPERTIES = asked(`properties?name=${encodeURIComponent('custom ☃')}`)
const PLAYER = 'p/3 é'
const player = () => `players/${encodeURIComponent(PLAYER)}`
const ofPlayer = () => ({ player_id: PLAYER })

export const CHECKS: Check[] = [
  ...OVERVIEW,
  {
    definition: 'overview: first_event_at, last_event_at',
    path: asked('reports/overview'),
    rows: ({ first_event_at, last_event_at }: OverviewReport) => [{ first_event_at, last_event_at }],
  },
  {
    definition: 'overview: revenue',
    path: asked('reports/overview'),
    rows: ({ current: { revenue } }: OverviewReport) => revenue,
  },
  {
    definition: 'overview: active',
    path: asked('reports/overview'),
    values: ({ to }) => ({ until: `${to}T00:00:00Z` }),
    rows: ({ active }: OverviewReport) => [active],
  },
  ...TIMESERIES,
  ...['levels', 'revenue', 'resources', 'data-quality'].map((report) => ({
    definition: `${report}: not_counted`,
    path: asked(`reports/${report}`),
    rows: ({ not_counted }: DataQuality) => not_counted,
  })),
  {
    definition: 'data-quality: repeated_transactions',
    path: asked('reports/data-quality'),
    rows: ({ repeated_transactions }: DataQuality) => repeated_transactions,
  },
  {
    definition: 'data-quality: set_aside',
    path: asked('reports/data-quality'),
    rows: ({ set_aside }: DataQuality) => [{ set_aside }],
  },
  { definition: 'retention: day', path: asked('reports/retention'), rows: cohorts },
  { definition: 'retention: week', path: asked('reports/retention?by=week'), rows: cohorts },
  {
    definition: 'levels: levels',
    path: asked('reports/levels?stopped_after_days=7'),
    values: () => ({ stopped_after_days: 7 }),
    rows: ({ levels }: Levels) => levels,
  },
  FUNNEL(168, 'ever'),
  FUNNEL(3, 'ever'),
  FUNNEL(168, 'in_range'),
  FUNNEL(3, 'in_range'),
  {
    definition: 'revenue: currencies',
    path: asked('reports/revenue'),
    rows: ({ currencies }: Revenue) => currencies.map(({ days, ...currency }) => currency),
  },
  {
    definition: 'revenue: days',
    path: asked('reports/revenue'),
    rows: ({ currencies }: Revenue) =>
      currencies.flatMap(({ currency, days }) =>
        days.filter(({ purchases }) => purchases > 0).map((day) => ({ currency, ...day })),
      ),
  },
  {
    definition: 'revenue: players, payers, conversion, first_purchases, median_days_to_first_purchase',
    path: asked('reports/revenue'),
    rows: ({ currencies, products, not_counted, ...figures }: Revenue) => [figures],
  },
  {
    definition: 'revenue: products',
    path: asked('reports/revenue'),
    rows: ({ products }: Revenue) => products,
  },
  {
    definition: 'resources: resources',
    path: asked('reports/resources'),
    rows: ({ resources }: Resources) => resources.map(({ items, days, ...resource }) => resource),
  },
  {
    definition: 'resources: items',
    path: asked('reports/resources'),
    rows: ({ resources }: Resources) =>
      resources.flatMap(({ resource, items }) => items.map((item) => ({ resource, ...item }))),
  },
  {
    definition: 'resources: days',
    path: asked('reports/resources'),
    rows: ({ resources }: Resources) =>
      resources.flatMap(({ resource, days }) =>
        days.filter(({ source, sink }) => source + sink > 0).map((day) => ({ resource, ...day })),
      ),
  },
  { definition: 'properties: names', path: PROPERTIES, rows: ({ names }: SeenProperties) => names },
  {
    definition: 'properties: properties',
    path: PROPERTIES,
    values: () => ({ name: 'custom ☃' }),
    rows: ({ properties }: SeenProperties) => properties.map(({ property, type }) => ({ property, type })),
  },
  {
    definition: 'properties: values',
    path: PROPERTIES,
    values: () => ({ name: 'custom ☃' }),
    rows: ({ properties }: SeenProperties) =>
      properties.flatMap(({ property, values }) => values.map((value) => ({ property, ...value }))),
  },
  {
    definition: 'player: profile',
    path: player,
    values: ofPlayer,
    rows: ({ revenue, sessions, ...profile }: PlayerProfile) => [profile],
  },
  {
    definition: 'player: revenue',
    path: player,
    values: ofPlayer,
    rows: ({ revenue }: PlayerProfile) => revenue,
  },
  {
    definition: 'player: sessions',
    path: player,
    values: ofPlayer,
    rows: ({ sessions }: PlayerProfile) => sessions,
  },
]
