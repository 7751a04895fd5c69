// A developer's first minutes with the dashboard, in this order: signing in, an empty game, the first events on Live, rejected
// events and their replay, and signing out.
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { newKey } from '../../src/contract/key.ts'
import { addKey, ensureGame } from '../../src/storage/games/games.ts'
import { until } from '../until.ts'
import { assertAccessible } from './axe.ts'
import { type Dashboard, goTo, readRows, readTable, settled, signIn, visit } from './dashboard.ts'
import { counted, type Game, REJECTED, reject } from './played-game.ts'

const WITHIN_MS = 1_000
const SENT = 3

export const FIRST_MINUTES: Record<string, (dashboard: Dashboard, game: Game) => Promise<void>> = {
  'the sign-in page says what to do about a wrong key': wrongKeys,
  'the keyboard is enough': byKeyboard,
  'the screens of an empty game say what to do': emptyGame,
  'Live shows stored and rejected events within a second': live,
  'rejected events are replayed with a corrected field': replay,
  'a purchase that does not fit is shown where it is not counted': notCounted,
  'a range that cannot be shown says why, and days to come are not shown': ranges,
  'a new tab is signed in, and no script can read the key': newTab,
  'an installation key shows the game that is chosen': chooseGame,
  'signing out ends the session of every tab': signOut,
}

async function wrongKeys({ page, problems }: Dashboard, { adminKey, writeKey }: Game): Promise<void> {
  await page.goto('/levels')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await assertAccessible(page, `sign in, ${colorScheme}`)
  }
  const tryKey = async (key: string) => {
    await page.getByLabel('Read or admin key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  await tryKey(`${adminKey}x`)
  await page.getByRole('alert').filter({ hasText: /key/ }).waitFor()
  assert.deepEqual(
    problems.splice(0).map((problem) => problem.replace(/status of 401.*/, '401')),
    ['error: Failed to load resource: the server responded with a 401'],
  )
  await tryKey(writeKey)
  await page.getByRole('alert').filter({ hasText: 'needs a read, admin or installation key' }).waitFor()
  assert.deepEqual(
    problems.splice(0).map((problem) => problem.replace(/status of 403.*/, '403')),
    ['error: Failed to load resource: the server responded with a 403'],
  )
  await tryKey(` ${adminKey}\n`)
  await page.getByRole('heading', { level: 1, name: 'Levels' }).waitFor()
}

/** Signs in, goes to a screen and chooses a date range without a mouse. */
async function byKeyboard({ page }: Dashboard, { adminKey }: Game): Promise<void> {
  await page.goto('/')
  await page.keyboard.type(adminKey)
  await page.keyboard.press('Enter')
  await page.getByRole('navigation', { name: 'Screens' }).waitFor()
  await tabTo(page, 'Skip to content')
  await tabTo(page, 'Retention')
  await page.keyboard.press('Enter')
  const heading = page.getByRole('heading', { level: 1, name: 'Retention' })
  await heading.waitFor()
  await until(async () => (await focused(page)) === 'Retention')
  assert.equal(
    await page.evaluate('document.activeElement.tagName'),
    'H1',
    'a screen reader starts at the top of a new screen',
  )
  await tabTo(page, '7 days')
  await page.keyboard.press('Space')
  await page.waitForURL(/\/retention\?days=7$/)
  assert.equal(
    await page.getByRole('button', { name: '7 days' }).getAttribute('aria-pressed'),
    'true',
    'the button is marked as pressed',
  )
}

const focused = (page: Page) => page.evaluate('document.activeElement.textContent.trim()')

async function tabTo(page: Page, text: string): Promise<void> {
  const TABS_MAX = 40
  for (let tabs = 0; (await focused(page)) !== text; tabs++) {
    assert.ok(tabs < TABS_MAX, `Tab reaches ${text}`)
    await page.keyboard.press('Tab')
  }
}

const EMPTY_STATES: Record<string, string> = {
  Overview: 'No events in this range',
  Live: 'Waiting for events',
  Events: 'No matching events',
  Retention: 'No new players in this range',
  Levels: 'No levels in this range',
  Funnel: 'Choose two steps or more',
  Economy: 'No resources in this range',
  Player: 'Choose a player',
  Rejected: 'No rejected events',
  Revenue: 'No purchases in this range',
}

/** Each screen says what to do, and most have a command to copy. The command on Revenue sends an event that Revenue then shows. */
async function emptyGame(dashboard: Dashboard, game: Game): Promise<void> {
  const { page } = dashboard
  await signIn(dashboard, game.adminKey)
  for (const [screen, heading] of Object.entries(EMPTY_STATES)) {
    await goTo(dashboard, screen)
    await page.getByRole('heading', { level: 2, name: heading }).waitFor()
    if (['Funnel', 'Player'].includes(screen)) continue
    const line = (await page.locator('pre').textContent()) ?? ''
    assert.ok(line.startsWith(`curl -s ${game.url}/v1/events -H 'Authorization: Bearer <write key>'`), screen)
  }
  const [, body = ''] = (await page.locator('pre').textContent())?.match(/-d '(.+)'$/) ?? []
  await game.send([JSON.parse(body)])
  await counted(game.database, 1)
  await visit(dashboard, '/revenue')
  await page.getByText('€4.99').first().waitFor()
}

async function live(dashboard: Dashboard, game: Game): Promise<void> {
  const { page } = dashboard
  await signIn(dashboard, game.adminKey, '/live')
  await page.getByText('live', { exact: true }).waitFor()
  const waitedMs: number[] = []
  for (let at = 0; at < SENT; at++) {
    const sent = [{ name: 'level_complete', player_id: `live-${at}`, properties: { level: at } }]
    await game.send(sent)
    const acceptedAtMs = performance.now()
    await page
      .getByRole('row')
      .filter({ hasText: `live-${at}` })
      .filter({ hasText: 'stored' })
      .waitFor()
    waitedMs.push(performance.now() - acceptedAtMs)
  }
  // The median, because the machine may be busy during one of them.
  const median = waitedMs.toSorted((a, b) => a - b)[Math.floor(SENT / 2)] ?? Infinity
  assert.ok(median < WITHIN_MS, `shown after ${waitedMs.map(Math.round).join(', ')} ms`)

  await reject(game, REJECTED)
  const rejected = page.getByRole('row').filter({ hasText: 'rejected' })
  await until(async () => (await rejected.count()) === REJECTED.length)
  const [newest] = await readRows(page, 'Events, newest first', 'The newest 500 events, newest first')
  assert.match(newest?.join(' ') ?? '', /rejected/)
  await page.getByLabel('Player').fill('live-2')
  await page.keyboard.press('Enter')
  await page.getByText('live', { exact: true }).waitFor()
  await game.send([
    { name: 'level_start', player_id: 'live-1' },
    { name: 'level_start', player_id: 'live-2' },
  ])
  await page.getByRole('row').filter({ hasText: 'live-2' }).waitFor()
  assert.equal(await page.getByRole('row').filter({ hasText: 'live-1' }).count(), 0)
}

async function replay(dashboard: Dashboard, game: Game): Promise<void> {
  const { page } = dashboard
  await signIn(dashboard, game.adminKey, '/rejected')
  const { rows: groups } = await game.database.query<Record<string, string>>(
    `select reason, name, app_version, count(*) as events, count(replayed_at) as replayed
     from playtrace.rejected_events group by 1, 2, 3 order by events desc`,
  )
  assert.equal(groups.length, 2)
  const shown = await readRows(page, 'Groups')
  assert.deepEqual(
    shown.map((cells) => cells.slice(0, 5)),
    groups.map(({ reason, name, app_version, events, replayed }) =>
      [reason, name, app_version, events, replayed].map(String),
    ),
  )
  await page.getByRole('button', { name: 'unknown_field' }).click()
  await page.getByLabel('Rename field (optional)').fill('/lvl')
  await page.getByLabel('New path').fill('/properties/level')
  await page.getByRole('button', { name: 'Replay 12' }).click()
  await page.getByRole('status').filter({ hasText: '12 accepted' }).waitFor()
  await until(async () => (await storedBy(game, '1.5.1')) === 12)
  await settled(page)
  await until(async () => (await readRows(page, 'Groups'))[0]?.[4] === '12')
  assert.equal(await page.getByRole('button', { name: /^Replay 0/ }).isDisabled(), true)
}

async function storedBy({ database }: Game, app_version: string): Promise<number> {
  const { rows } = await database.query(
    `select count(distinct properties ->> 'level')::int as levels from playtrace.events where app_version = $1`,
    [app_version],
  )
  return rows[0].levels
}

async function notCounted(dashboard: Dashboard, game: Game): Promise<void> {
  const { page } = dashboard
  await signIn(dashboard, game.adminKey, '/revenue')
  const properties = { price: 4.99, currency: 'USD', product_id: 'gems' }
  await game.send([{ name: 'purchase', player_id: 'price', app_version: '1.4.2', properties }])
  const sentence =
    '1 purchase event is stored and not counted: /properties/amount_minor is missing or does not fit, in build 1.4.2.'
  await until(async () => {
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Revenue' }).waitFor()
    await settled(page)
    return (await page.getByText(sentence).count()) === 1
  })
  await page.getByRole('button', { name: 'Show one' }).click()
  await page.getByRole('dialog').getByText('/properties/amount_minor is missing or does not fit').waitFor()
}

async function ranges(dashboard: Dashboard, game: Game): Promise<void> {
  const { page } = dashboard
  const dayAt = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  await signIn(dashboard, game.adminKey, `/?from=${dayAt(-1)}&to=${dayAt(-9)}`)
  const alert = page.getByRole('alert')
  await alert.filter({ hasText: `The first day (${dayAt(-1)}) is after the last day (${dayAt(-9)}).` }).waitFor()
  assert.equal(await page.getByLabel('First day').inputValue(), dayAt(-1), 'as typed')
  await visit(dashboard, `/?from=${dayAt(2)}&to=${dayAt(9)}`)
  await alert.filter({ hasText: 'The range begins after today' }).waitFor()

  await visit(dashboard, `/?from=${dayAt(-3)}&to=${dayAt(5)}`)
  assert.equal(await page.getByLabel('Last day').inputValue(), dayAt(0))
  assert.equal(await page.getByLabel('Last day').getAttribute('max'), dayAt(0))
  const [, ...days] = await readTable(page, 'Players per day')
  assert.equal(days.length, 4)
}

async function newTab(dashboard: Dashboard, game: Game): Promise<void> {
  const { page } = dashboard
  await signIn(dashboard, game.adminKey, '/levels')
  const other = await page.context().newPage()
  await other.goto('/revenue?days=7')
  await other.getByRole('heading', { level: 1, name: 'Revenue' }).waitFor()
  for (const one of [page, other]) {
    const kept = await one.evaluate('JSON.stringify([sessionStorage, localStorage, document.cookie])')
    assert.doesNotMatch(String(kept), /pt_[aw]_|playtrace_session/)
  }
  const [cookie] = await page.context().cookies()
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict'])
}

async function chooseGame(dashboard: Dashboard, { database }: Game): Promise<void> {
  const { page } = dashboard
  const key = newKey('installation')
  await ensureGame(database, 'another')
  await addKey(database, { gameId: null, kind: 'installation', key, label: 'test' })
  await signIn(dashboard, key, '/live')
  const choice = page.getByLabel('Game', { exact: true })
  await assertAccessible(page, 'a choice of games')
  assert.equal(await choice.inputValue(), 'another')
  const answered = page.waitForResponse(/\/v1\/games\/demo\/live/)
  await choice.selectOption('demo')
  await answered
  const revenue = page.waitForResponse(/\/v1\/games\/demo\/reports\/revenue/)
  await page.getByRole('link', { name: 'Revenue' }).click()
  await revenue
}

async function signOut(dashboard: Dashboard, game: Game): Promise<void> {
  const { page } = dashboard
  await signIn(dashboard, game.adminKey, '/revenue')
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Revenue' }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Read or admin key').waitFor()
  await until(async () => (await page.context().cookies()).length === 0)
  await page.reload()
  await page.getByLabel('Read or admin key').waitFor()
  assert.equal(await page.getByLabel('Read or admin key').inputValue(), '')
}
