// What the dashboard asks for when its screens are opened with their default ranges, and with long ones.

const DAY_MS = 24 * 60 * 60 * 1000
const day = (before: number) => new Date(Date.now() - before * DAY_MS).toISOString().slice(0, 10)
const allDays = () => `from=${day(59)}&to=${day(0)}`
const timeseries = (choice: string) => () => `metrics/timeseries?metric=${choice}`

/** By what it is, the path below /v1/games/{game}/ of the nth request. */
export const DASHBOARD_QUERIES: Record<string, (number: number) => string> = {
  'overview, 30 days': () => 'metrics/overview',
  'overview, 7 days': () => `metrics/overview?from=${day(6)}`,
  'overview, 60 days': () => `metrics/overview?${allDays()}`,
  'events by day': timeseries('events'),
  'events by hour': timeseries('events&interval=hour'),
  'events by day and name': timeseries('events&split=name'),
  'events of a name by day and platform': timeseries('events&name=level_complete&split=platform'),
  'players by day': timeseries('players'),
  'new players by day': timeseries('new_players'),
  'sessions by day': timeseries('sessions'),
  'purchases by day': timeseries('purchases'),
  'revenue by day': timeseries('revenue'),
  'events by minute, an hour': (number) =>
    `metrics/timeseries?metric=events&interval=minute&from=${hourAt(number)}&to=${hourAt(number, 1)}`,
  'events by minute, a day': (number) =>
    `metrics/timeseries?metric=events&interval=minute&from=${day(2 + (number % 30))}&to=${day(2 + (number % 30))}`,
  'events of a name by property, a day': (number) =>
    `metrics/timeseries?metric=events&interval=hour&name=level_complete&split=properties.level&from=${day(2 + (number % 30))}&to=${day(2 + (number % 30))}`,
  'retention by day, 30 days': () => 'metrics/retention',
  'retention by day, 60 days': () => `metrics/retention?${allDays()}`,
  'retention by week, 60 days': () => `metrics/retention?by=week&${allDays()}`,
  'levels, 30 days': () => 'metrics/levels',
  'levels, 60 days': () => `metrics/levels?${allDays()}`,
  'funnel of 3, 30 days': () => 'metrics/funnel?step=session_start&step=level_complete&step=purchase',
  'funnel of 5, 60 days': () =>
    `metrics/funnel?step=session_start&step=level_start&step=level_complete&step=resource_sink&step=purchase&${allDays()}`,
  'revenue, 30 days': () => 'metrics/revenue',
  'revenue, 60 days': () => `metrics/revenue?${allDays()}`,
  'resources, 30 days': () => 'metrics/resources',
  'resources, 60 days': () => `metrics/resources?${allDays()}`,
  properties: () => 'properties',
  'properties of a name': () => 'properties?name=chest_opened',
  'a player': (number) => `players/player-${1 + number * 37}`,
  'a player’s events': (number) => `events?player_id=player-${1 + number * 37}`,
  'events: first page': () => 'events',
}

function hourAt(number: number, later = 0): string {
  return new Date(Date.parse(day(2)) - ((number * 7 - later) * DAY_MS) / 24).toISOString()
}
