// The screens in a real browser, on the real system with a game of three weeks: every figure is what SQL makes of the stored
// events, and every screen can be read by everyone, on a phone too.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser } from 'playwright-core'
import { assertAccessible } from './axe.ts'
import { openChromium } from './chromium.ts'
import { card, DESKTOP, openTab, PHONE, readTable, signIn, visit } from './dashboard.ts'
import { events, player } from './figures/events.ts'
import { economy, revenue } from './figures/money.ts'
import { overview } from './figures/overview.ts'
import { FUNNEL_STEPS, funnel, levels, retention } from './figures/progress.ts'
import { type Game, openPlayedGame } from './played-game.ts'

test('the screens', async (t) => {
  const browser = await openChromium(t)
  if (!browser) return
  const game = await openPlayedGame(t)
  const days = new URLSearchParams(game.range).toString()

  await t.test('figures are what SQL says', async (t) => {
    const dashboard = await openTab(browser, game.url)
    await signIn(dashboard, game.adminKey)
    const screens = { overview, retention, levels, funnel, economy, revenue, events, player }
    for (const [name, check] of Object.entries(screens))
      await t.test(name, () => check({ dashboard, game, days }))
    assert.deepEqual(dashboard.problems, [])
  })
  await t.test('a shared address opens the same view', () => sharedView(browser, game))
  for (const theme of ['light', 'dark'] as const)
    await t.test(`accessible and within its width, ${theme}`, () => readableByAll(browser, game, theme))
})

async function sharedView(browser: Browser, game: Game): Promise<void> {
  const mine = await openTab(browser, game.url)
  await signIn(mine, game.adminKey, '/events?days=90')
  const { page } = mine
  await page.getByLabel('Name', { exact: true }).fill('level_fail')
  await page.keyboard.press('Enter')
  await card(page, 'Values seen').waitFor()
  await page.getByLabel('Split by').selectOption('app_version')
  await page.getByRole('button', { name: '30 days' }).click()
  await page.waitForURL(/name=level_fail&split=app_version&days=30/)
  const figures = await readTable(page, 'Events a day')

  const yours = await openTab(browser, game.url)
  await signIn(yours, game.adminKey, page.url())
  assert.equal(yours.page.url(), page.url())
  assert.equal(await yours.page.getByLabel('Name', { exact: true }).inputValue(), 'level_fail')
  assert.equal(await yours.page.getByLabel('Split by').inputValue(), 'app_version')
  assert.deepEqual(await readTable(yours.page, 'Events a day'), figures)
  assert.deepEqual([...mine.problems, ...yours.problems], [])
}

/** In the light on a desk, in the dark on a phone. */
async function readableByAll(browser: Browser, game: Game, theme: 'light' | 'dark'): Promise<void> {
  const viewport = theme === 'light' ? DESKTOP : PHONE
  const dashboard = await openTab(browser, game.url, { colorScheme: theme, viewport })
  await signIn(dashboard, game.adminKey)
  const { page } = dashboard
  for (const path of await screensOf(game)) {
    await visit(dashboard, path)
    await assertAccessible(page, `${path}, ${theme}`)
    const width = await page.evaluate('document.documentElement.scrollWidth')
    assert.equal(width, viewport.width, `${path} is as wide as the window`)
  }
  assert.deepEqual(dashboard.problems, [])
}

/** Each with something on it. */
async function screensOf({ range, database }: Game): Promise<string[]> {
  const days = new URLSearchParams(range).toString()
  const { rows } = await database.query('select min(player_id) as player_id from playtrace.events')
  const [group] = await rejectionGroups(database)
  return [
    `/?${days}`,
    '/live',
    `/events?${days}&name=purchase`,
    `/retention?${days}`,
    `/levels?${days}`,
    `/funnel?${days}&${FUNNEL_STEPS.map((step) => `step=${step}`).join('&')}`,
    `/economy?${days}`,
    `/revenue?${days}`,
    `/player?player_id=${rows[0].player_id}`,
    `/rejected?${new URLSearchParams({ group: JSON.stringify(group) })}`,
  ]
}

async function rejectionGroups(database: Game['database']): Promise<unknown[]> {
  const { rows } = await database.query(
    'select distinct reason, name, app_version from playtrace.rejected_events order by 1',
  )
  return rows.map(({ reason, name, app_version }) => [reason, name, app_version])
}
