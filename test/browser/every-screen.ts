// Checks for every screen: its address can be shared, and it is accessible, also on a phone.
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { until } from '../until.ts'
import { assertAccessible } from './axe.ts'
import { card, DESKTOP, goTo, openTab, PHONE, readTable, signIn, visit } from './dashboard.ts'
import { FUNNEL_STEPS } from './figures/progress.ts'
import type { Game } from './played-game.ts'

/** The address contains the filters, so that it shows another person the same view. */
export async function sharedView(browser: Browser, game: Game): Promise<void> {
  const mine = await openTab(browser, game.url)
  await signIn(mine, game.adminKey, '/events?days=90')
  const { page } = mine
  await page.getByLabel('Name', { exact: true }).fill('level_fail')
  await page.keyboard.press('Enter')
  await card(page, 'Property values').waitFor()
  await page.getByLabel('Split by').selectOption('app_version')
  await page.getByRole('button', { name: '30 days' }).click()
  await page.waitForURL(/name=level_fail&split=app_version&days=30/)
  const figures = await readTable(page, 'Events per day')

  const yours = await openTab(browser, game.url)
  await signIn(yours, game.adminKey, page.url())
  assert.equal(yours.page.url(), page.url())
  assert.equal(await yours.page.getByLabel('Name', { exact: true }).inputValue(), 'level_fail')
  assert.equal(await yours.page.getByLabel('Split by').inputValue(), 'app_version')
  assert.deepEqual(await readTable(yours.page, 'Events per day'), figures)
  assert.deepEqual([...mine.problems, ...yours.problems], [])
  for (const { page } of [mine, yours]) await page.context().close()
}

export async function readableByAll(browser: Browser, game: Game): Promise<void> {
  const dashboard = await openTab(browser, game.url)
  await signIn(dashboard, game.adminKey)
  const { page } = dashboard
  for (const screen of await screensOf(game)) {
    await page.setViewportSize(DESKTOP)
    await page.emulateMedia({ colorScheme: 'light' })
    if (screen.startsWith('/')) await visit(dashboard, screen)
    else await goTo(dashboard, screen)
    await assertAccessible(page, `${screen}, light`)
    await page.setViewportSize(PHONE)
    await page.emulateMedia({ colorScheme: 'dark' })
    await assertAccessible(page, `${screen}, dark, on a phone`)
    await until(async () => {
      const place = await page.locator('nav [aria-current=page]').boundingBox()
      return place && place.x >= 0 && place.x + place.width <= PHONE.width
    })
    const width = await page.evaluate('document.documentElement.scrollWidth')
    assert.equal(width, PHONE.width, `${screen} fits on the phone`)
  }
  assert.deepEqual(dashboard.problems, [])
}

/** Every screen with content: its address if it has filters, otherwise its name in the navigation. */
async function screensOf({ range, database }: Game): Promise<string[]> {
  const days = new URLSearchParams(range).toString()
  const { rows } = await database.query('select min(player_id) as player_id from playtrace.events')
  const [group] = await rejectionGroups(database)
  return [
    `/?${days}`,
    ...['Live', 'Retention', 'Levels', 'Economy', 'Revenue'],
    `/events?${days}&name=purchase`,
    `/funnel?${days}&${FUNNEL_STEPS.map((step) => `step=${step}`).join('&')}`,
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
