// Compares Retention, Levels and Funnel with the definitions of the reports.
import assert from 'node:assert/strict'
import { readRows, readRowsOf, visit } from '../dashboard.ts'
import type { Screen } from '../screen.ts'
import { count, day, decimal, type Figure, seconds, share } from '../spelling.ts'

interface Returned {
  first_day: string
  number: number
  players: number
}

const HEAT_MAP = 'Share of each cohort that was active again'

export async function retention({ dashboard, game, days }: Screen): Promise<void> {
  const { page } = dashboard
  await visit(dashboard, `/retention?${days}`)
  const returned = await game.define<Returned>('retention: day')
  const cohorts = Map.groupBy(returned, ({ first_day }) => first_day)
  const playersOn = (first: string, k: number) => cohorts.get(first)?.find(({ number }) => number === k)?.players ?? 0
  const firstDays = [...cohorts.keys()].toSorted()

  const [header = [], mean = [], ...rows] = await readRowsOf(page, HEAT_MAP)
  assert.deepEqual(header.slice(0, 3), ['First day', 'Players', 'D1'])
  assert.deepEqual(
    rows.map(([first]) => first),
    firstDays.map(day),
  )
  const todayMs = Date.now()
  const daysSince = (first: string) => Math.floor((todayMs - Date.parse(first)) / 86_400_000)
  for (const [at, first] of firstDays.entries()) {
    const players = playersOn(first, 0)
    const shares = Array.from({ length: header.length - 2 }, (_, k) =>
      k + 1 > daysSince(first) ? '' : share(playersOn(first, k + 1) / players),
    )
    assert.deepEqual(rows[at], [day(first), count(players), ...shares])
  }
  // The table has numbers of players instead of shares.
  const players = await readRows(page, 'Cohorts')
  assert.deepEqual(
    players.map(([first, all, d1]) => [first, all, d1]),
    firstDays.map((first) => [first, ...[0, 1].map((k) => String(playersOn(first, k)))]),
  )
  const means = Array.from({ length: header.length - 2 }, (_, k) => {
    // Today is not over, so more players may come back.
    const old = firstDays.filter((first) => k + 1 < daysSince(first))
    const sum = (number: number) => old.reduce((total, first) => total + playersOn(first, number), 0)
    return old.length > 0 ? share(sum(k + 1) / sum(0)) : ''
  })
  const all = firstDays.reduce((sum, first) => sum + playersOn(first, 0), 0)
  assert.deepEqual(mean, ['Mean', count(all), ...means])
  assert.deepEqual(
    await readRows(page, 'Mean of all cohorts'),
    means.flatMap((one, k) => (one ? [[`D${k + 1}`, one]] : [])),
  )
}

interface Level {
  level: string
  starts: number
  fails: number
  completes: number
  attempts_per_complete: Figure
  median_seconds: Figure
  reached: number
  completed: number
  stopped: number
  continuing: number
}

export async function levels({ dashboard, game, days }: Screen): Promise<void> {
  const { page } = dashboard
  for (const stopped_after_days of [3, 1]) {
    await visit(dashboard, `/levels?${days}&stopped_after_days=${stopped_after_days}`)
    const levels = await game.define<Level>('levels: levels', { stopped_after_days })
    assert.ok(levels.length > 5 && levels.some(({ stopped }) => stopped > 0))
    assert.deepEqual(
      await readRows(page, 'Attempts'),
      levels.map(({ level, starts, fails, completes, attempts_per_complete, median_seconds }) => [
        level,
        ...[starts, fails, completes].map(count),
        decimal(attempts_per_complete),
        seconds(median_seconds),
      ]),
    )
    assert.deepEqual(
      await readRows(page, 'Players who reached a level'),
      levels.map(({ level, reached, completed, continuing, stopped }) => [
        level,
        ...[reached, completed, continuing, stopped].map(count),
        share(reached > 0 ? stopped / reached : null),
      ]),
    )
    for (const { reached, completed, continuing, stopped } of levels) {
      assert.equal(completed + continuing + stopped, reached)
    }
  }
}

export const FUNNEL_STEPS = ['session_start', 'level_complete', 'purchase']

/** Chooses the steps as a person does. */
export async function funnel({ dashboard, game, days }: Screen): Promise<void> {
  const { page } = dashboard
  await visit(dashboard, `/funnel?${days}`)
  await page.getByRole('heading', { name: 'Choose two steps or more' }).waitFor()
  for (const [at, name] of FUNNEL_STEPS.entries()) {
    await page.getByLabel(`Step ${at + 1}`, { exact: true }).fill(name)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: `Remove ${name}` }).waitFor()
  }
  await page.getByText(`3. ${FUNNEL_STEPS[2]}`).first().waitFor()
  await assertSteps(dashboard, game, 'funnel: steps')
  await page.getByLabel('Counts').selectOption('the first time in this range')
  await page.getByText('Players who reached a step before this range are included.').waitFor()
  await assertSteps(dashboard, game, 'funnel: steps in the range')
}

async function assertSteps({ page }: Screen['dashboard'], game: Screen['game'], definition: string): Promise<void> {
  const [step_1 = '', step_2 = '', step_3 = ''] = FUNNEL_STEPS
  const steps = await game.define<{ name: string; players: number; median_seconds: Figure }>(definition, {
    step_1,
    step_2,
    step_3,
    window_hours: 168,
  })
  assert.ok((steps[2]?.players ?? 0) > 0)
  const expected = steps.map(({ name, players, median_seconds }, at) => {
    const before = steps[at - 1]?.players
    return [
      `${at + 1}. ${name}`,
      count(players),
      share(players / (steps[0]?.players ?? 0)),
      share(before ? players / before : null),
      seconds(median_seconds),
    ]
  })
  assert.deepEqual(await readRows(page, 'Steps'), expected)
  assert.deepEqual(await readRows(page, 'Players by step'), expected)
}
