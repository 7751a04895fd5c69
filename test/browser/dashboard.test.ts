// The dashboard in a real browser, on the real system: first with an empty game, then with one that has been played for three
// weeks, where every figure on a screen is what SQL makes of the stored events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
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
  await t.test('figures are what SQL says', async (t) => {
    const dashboard = await openTab(browser, game.url)
    await signIn(dashboard, game.adminKey)
    const days = new URLSearchParams(game.range).toString()
    for (const [name, check] of Object.entries(FIGURES))
      await t.test(name, () => check({ dashboard, game, days }))
    assert.deepEqual(dashboard.problems, [])
    await dashboard.page.context().close()
  })
  await t.test('a shared address opens the same view', () => sharedView(browser, game))
  await t.test('everyone can read them, in both themes and on a phone', () => readableByAll(browser, game))
})
