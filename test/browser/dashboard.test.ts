// Tests the dashboard in a real browser, on the real system: first with an empty game, then with a game that was played for
// three weeks. Every figure on a screen must equal the result of SQL over the stored events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uncountedEvents } from '../counted-events.ts'
import { beaconsOfAnotherOrigin } from './beacon.ts'
import { openChromium } from './chromium.ts'
import { openTab, signIn } from './dashboard.ts'
import { readableByAll, sharedView } from './every-screen.ts'
import { events, player } from './figures/events.ts'
import { economy, revenue } from './figures/money.ts'
import { overview } from './figures/overview.ts'
import { funnel, levels, retention } from './figures/progress.ts'
import { FIRST_MINUTES } from './first-minutes.ts'
import { openGame, play } from './played-game.ts'

const FIGURES = { overview, retention, levels, funnel, economy, revenue, events, player }

test('the dashboard', async (t) => {
  const browser = await openChromium(t)
  if (!browser) return
  const game = await openGame(t)
  for (const [what, step] of Object.entries(FIRST_MINUTES)) {
    await t.test(what, async () => {
      const dashboard = await openTab(browser, game.url)
      await step(dashboard, game)
      assert.deepEqual(dashboard.problems, [])
      await dashboard.page.context().close()
    })
  }

  await play(game)
  await t.test('every figure equals the result of SQL', async (t) => {
    const dashboard = await openTab(browser, game.url)
    await signIn(dashboard, game.adminKey)
    const days = new URLSearchParams(game.range).toString()
    for (const [name, check] of Object.entries(FIGURES)) await t.test(name, () => check({ dashboard, game, days }))
    assert.deepEqual(dashboard.problems, [])
    await dashboard.page.context().close()
  })
  await t.test('every standard event is counted or listed as not counted', async () => {
    assert.deepEqual(await uncountedEvents(game.database), [])
  })
  await t.test('beacons of a page on another origin are stored', () => beaconsOfAnotherOrigin(browser, game))
  await t.test('a shared address opens the same view', () => sharedView(browser, game))
  await t.test('every screen is accessible, in both themes and on a phone', () => readableByAll(browser, game))
})
