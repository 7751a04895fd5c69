// Compares Overview with the definitions of the reports.
import assert from 'node:assert/strict'
import { assertTiles, readTable, tile, visit } from '../dashboard.ts'
import type { Game } from '../played-game.ts'
import type { Screen } from '../screen.ts'
import { count, day, type Figure, money, seconds, share } from '../spelling.ts'

interface Counted {
  players: number
  new_players: number
  events: number
  sessions: number
  session_seconds: number
}
interface Point {
  at: string
  count: number
  value?: string
}

export async function overview({ dashboard, game, days }: Screen): Promise<void> {
  const { page } = dashboard
  await visit(dashboard, `/?${days}`)
  const now = await figuresOf(game)
  await assertTiles(page, {
    Players: count(now.players),
    'New players': count(now.new_players),
    Sessions: count(now.sessions),
    'Mean session': seconds(now.session_seconds),
    Events: count(now.events),
  })
  const before = await figuresOf(game, daysBefore(game.range))
  assert.ok(before.players > 0, 'there is a period before')
  const change = tile(page, 'Players').locator('xpath=..').locator('.change')
  const changed = now.players / before.players - 1
  const sign = changed > 0 ? '▲ +' : '▼ -'
  assert.equal(await change.textContent(), `${sign}${share(Math.abs(changed))} from ${count(before.players)}`)

  const until = `${game.range.to}T00:00:00Z`
  const [active] = await game.define<{ dau: number; day_before: number }>('overview: active', { until })
  await assertTiles(page, { 'Active on the last day': count(active?.dau ?? 0) })
  const before_last = tile(page, 'Active on the last day').locator('xpath=..').locator('.before')
  assert.equal(await before_last.textContent(), ` from ${count(active?.day_before ?? 0)}`)
  for (const { currency, amount_minor } of await game.define<{ currency: string; amount_minor: number }>(
    'overview: revenue',
  ))
    await assertTiles(page, { [`Revenue, ${currency}`]: money(amount_minor, currency) })

  await overTime({ dashboard, game, days })
}

async function figuresOf(game: Game, values = {}): Promise<Counted> {
  const [players] = await game.define<Counted>('overview: players, new_players, events', values)
  const [sessions] = await game.define<Counted>('overview: sessions, session_seconds', values)
  return { ...(players as Counted), ...(sessions as Counted) }
}

async function overTime({ dashboard: { page }, game }: Screen): Promise<void> {
  for (const [title, figure] of [
    ['Players per day', 'players'],
    ['New players per day', 'new_players'],
    ['Sessions per day', 'sessions'],
  ] as const) {
    const points = await game.define<Point>(`timeseries: ${figure}`, { interval: 'day' })
    assert.deepEqual(await readTable(page, title), [['Time', title], ...everyDay(game, points, count)])
  }
  const revenue = await game.define<Point>('timeseries: revenue', { interval: 'day' })
  for (const [currency = '', points] of Map.groupBy(revenue, ({ value }) => value)) {
    const title = `Revenue per day, ${currency}`
    const shown = everyDay(game, points, (amount) => money(amount ?? 0, currency))
    assert.deepEqual(await readTable(page, title), [['Time', currency], ...shown])
  }
  await byName(page, game)
}

async function byName(page: Screen['dashboard']['page'], game: Game): Promise<void> {
  const [[, ...names] = [], ...rows] = await readTable(page, 'Events per day by name')
  const { rows: stored } = await game.database.query<Point>(
    `select name as value, to_char(corrected_at at time zone 'UTC', 'YYYY-MM-DD') as at, count(*)::int as count
     from playtrace.events where (corrected_at at time zone 'UTC')::date between $1 and $2 group by 1, 2`,
    [game.range.from, game.range.to],
  )
  const byValue = Map.groupBy(stored, ({ value }) => value)
  assert.deepEqual(names.toSorted(), [...byValue.keys()].toSorted())
  for (const [at, name] of names.entries()) {
    const shown = rows.map((row) => [row[0], row[at + 1]])
    assert.deepEqual(shown, everyDay(game, byValue.get(name) ?? [], count), name)
  }
}

/** A row for each day of the range, also if its count is 0. */
export function everyDay(game: Game, points: Point[], show: (value: Figure) => string): string[][] {
  return daysOf(game.range).map((one) => [day(one), show(points.find(({ at }) => at.startsWith(one))?.count ?? 0)])
}

const DAY_MS = 86_400_000
const dayAt = (ms: number) => new Date(ms).toISOString().slice(0, 10)

export function daysOf({ from, to }: Game['range']): string[] {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1
  return Array.from({ length: days }, (_, at) => dayAt(Date.parse(from) + at * DAY_MS))
}

function daysBefore({ from, to }: Game['range']): Game['range'] {
  const length = Date.parse(to) - Date.parse(from) + DAY_MS
  return { from: dayAt(Date.parse(from) - length), to: dayAt(Date.parse(from) - DAY_MS) }
}
