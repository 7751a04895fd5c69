// Compares Events and Player with the rows of playtrace.events.
import assert from 'node:assert/strict'
import { until } from '../../until.ts'
import { assertTiles, card, downloadFile, readRows, readTable, visit } from '../dashboard.ts'
import type { Screen } from '../screen.ts'
import { count, longDay, money, seconds, time } from '../spelling.ts'
import { everyDay } from './overview.ts'

const NAME = 'purchase'

interface Stored {
  event_id: string
  name: string
  player_id: string
  app_version: string
  platform: string
  occurred_at: Date
  corrected_at: Date
  batch_id: string
  properties: Record<string, unknown>
}

export async function events({ dashboard, game, days }: Screen): Promise<void> {
  const { page } = dashboard
  await visit(dashboard, `/events?${days}&name=${NAME}&split=platform`)
  const points = await game.define<{ value: string; at: string; count: number }>(
    'timeseries: events of a name by platform',
    { interval: 'day', name: NAME },
  )
  const byPlatform = Map.groupBy(points, ({ value }) => value)
  const [[, ...platforms] = [], ...rows] = await readTable(page, 'Events per day')
  assert.deepEqual(platforms.toSorted(), [...byPlatform.keys()].toSorted())
  for (const [at, platform] of platforms.entries()) {
    const shown = rows.map((row) => [row[0], row[at + 1]])
    assert.deepEqual(shown, everyDay(game, byPlatform.get(platform) ?? [], count))
  }

  const { rows: stored } = await game.database.query<Stored>(
    `select * from playtrace.events
     where name = $1 and (corrected_at at time zone 'UTC')::date between $2 and $3 order by corrected_at desc`,
    [NAME, game.range.from, game.range.to],
  )
  assert.ok(stored.length > 5 && stored.length < 100, `${stored.length} events are one page`)
  const list = await readRows(page, 'Newest first', 'Events, newest first')
  assert.deepEqual(list.map(withoutSpelling), stored.map(shownEvent))
  const ids = stored.map(({ event_id }) => event_id).toSorted()
  const ndjson = await downloadFile(page, 'Newest first', 'NDJSON')
  const lines = ndjson.text.trimEnd().split('\n')
  assert.deepEqual(lines.map((line) => JSON.parse(line).event_id).toSorted(), ids)
  const csv = await downloadFile(page, 'Newest first', 'CSV')
  assert.deepEqual([...csv.text.matchAll(/^[\da-f-]{36}(?=,purchase,)/gm)].map(String).toSorted(), ids)
  assert.deepEqual([ndjson.name, csv.name], ['demo-events.ndjson', 'demo-events.csv'])
  await valuesSeen({ dashboard, game, days }, stored.length)
  await oneInFull({ dashboard, game, days }, stored[0] as Stored)
}

/** The most frequent values of each property, up to 20. */
async function valuesSeen({ dashboard: { page }, game }: Screen, events: number): Promise<void> {
  const values = await game.define<{ property: string; value: string; events: number }>('properties: values', {
    name: NAME,
  })
  const counts = new Map(values.map(({ property, value, events }) => [`${property} ${value}`, count(events)]))
  const shown = await readRows(page, 'Property values')
  for (const [property, , value, events] of shown) assert.equal(events, counts.get(`${property} ${value}`))
  for (const [property, ofProperty] of Map.groupBy(values, (one) => one.property)) {
    const rows = shown.filter(([name]) => name === property)
    assert.equal(rows.length, Math.min(20, ofProperty.length), property)
  }
  await card(page, 'Property values')
    .getByText(`In the newest ${count(events)} events,`)
    .waitFor()
}

async function oneInFull({ dashboard: { page } }: Screen, event: Stored): Promise<void> {
  await page.getByRole('table', { name: 'Events, newest first' }).getByRole('button').first().click()
  const dialog = page.getByRole('dialog', { name: event.name })
  const fact = async (name: string) =>
    (await dialog
      .getByRole('term')
      .filter({ hasText: name })
      .locator('xpath=..')
      .getByRole('definition')
      .textContent()) ?? ''
  assert.equal(await fact('event_id'), event.event_id)
  assert.equal(await fact('batch_id'), event.batch_id)
  assert.equal(Date.parse(await fact('occurred_at')), +event.occurred_at)
  assert.equal(Date.parse(await fact('corrected_at')), +event.corrected_at)
  await until(async () => (await fact('stored_at')) !== '–')
  assert.ok(Date.parse(await fact('stored_at')) >= Date.parse(await fact('received_at')))
  assert.deepEqual(JSON.parse((await dialog.locator('pre').textContent()) ?? ''), event.properties)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
}

const shownEvent = (one: Stored) => [
  time(one.corrected_at.toISOString()),
  one.name,
  one.player_id,
  one.app_version,
  one.platform,
  one.properties,
]
/** Replaces narrow spaces by spaces, and parses the properties. */
const withoutSpelling = (cells: string[]) => [
  ...cells.slice(0, -1).map((cell) => cell.replaceAll('\u202f', ' ')),
  JSON.parse(cells.at(-1) ?? ''),
]

interface Profile {
  first_seen_at: string
  last_seen_at: string
  active_days: number
  newest_level: string | null
}

/** Checks the player who paid most often. */
export async function player({ dashboard, game }: Screen): Promise<void> {
  const { page } = dashboard
  const { rows: payers } = await game.database.query<{ player_id: string }>(
    `select player_id from playtrace.events where name = 'purchase' group by 1 order by count(*) desc, 1 limit 1`,
  )
  const player_id = payers[0]?.player_id ?? assert.fail('nobody paid')
  await visit(dashboard, `/player?player_id=${player_id}`)
  const [profile] = await game.define<Profile>('player: profile', { player_id })
  await assertTiles(page, {
    'First day': longDay(profile?.first_seen_at ?? ''),
    'Last seen': longDay(profile?.last_seen_at ?? ''),
    'Active days': count(profile?.active_days ?? null),
    'Newest level': profile?.newest_level ?? '–',
  })
  for (const { currency, amount_minor } of await game.define<{ currency: string; amount_minor: number }>(
    'player: revenue',
    { player_id },
  ))
    await assertTiles(page, { [`Paid, ${currency}`]: money(amount_minor, currency) })

  const sessions = await game.define<{ started_at: string; ended_at: string; events: number }>('player: sessions', {
    player_id,
  })
  const shown = await readRows(page, 'Sessions')
  assert.deepEqual(
    shown.map((cells) => cells.map((cell) => cell.replaceAll('\u202f', ' '))),
    sessions.map(({ started_at, ended_at, events }) => [
      time(started_at),
      seconds((Date.parse(ended_at) - Date.parse(started_at)) / 1000),
      count(events),
    ]),
  )
  await timeline({ page, player_id }, game)
}

async function timeline(of: { page: Screen['dashboard']['page']; player_id: string }, game: Screen['game']) {
  const { rows: stored } = await game.database.query<Stored>(
    'select * from playtrace.events where player_id = $1 order by corrected_at desc',
    [of.player_id],
  )
  const rows = of.page
    .getByRole('table', { name: 'Events of this player, newest first' })
    .getByRole('row')
    .filter({ has: of.page.getByRole('cell') })
  for (let shown = 100; shown < stored.length; shown += 100) {
    await rows.nth(shown - 1).waitFor()
    await of.page.getByRole('button', { name: 'Show 100 more' }).click()
  }
  await rows.nth(stored.length - 1).waitFor()
  assert.equal(await rows.count(), stored.length)
}
