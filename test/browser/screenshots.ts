// `npm run screenshots` saves the ten screens of a new demo as docs/images/NAME.png in 128 colours (with Debian's pngquant).
// Look at the images before you commit them.
import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { SCREENS } from '../../src/api/operations/dashboard.ts'
import { bareEnvironment, collect, PROGRAM, stop } from '../system/launch.ts'
import { until } from '../until.ts'
import { launchChromium } from './chromium.ts'
import { type Dashboard, openTab, signIn, visit } from './dashboard.ts'
import { FUNNEL_STEPS } from './figures/progress.ts'
import { REJECTED, reject } from './played-game.ts'

const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url))
const LOAD_MS_MAX = 120_000
const LIVE_MS_MAX = 30_000

const folder = await mkdtemp(join(tmpdir(), 'playtrace-screenshots-'))
// The demo makes its data folder in the current folder.
const stdio = ['ignore', 'pipe', 'pipe'] as const
const demo = spawn(process.execPath, [PROGRAM, 'demo'], {
  cwd: folder,
  env: bareEnvironment(),
  stdio: [...stdio],
})
try {
  const output = collect(demo)
  const [, url = '', adminKey = ''] = await until(
    () => output().match(/Dashboard\s+(http\S+)\s+Admin key\s+(\S+)/),
    LOAD_MS_MAX,
  )
  const keys = JSON.parse(await readFile(join(folder, '.playtrace-demo', 'keys.json'), 'utf8'))
  const browser = await launchChromium()
  try {
    const dashboard = await openTab(browser, url, { colorScheme: 'light', timezoneId: 'UTC' })
    await signIn(dashboard, adminKey)
    await takeAll({ dashboard, url, adminKey, writeKey: keys.write_key })
    if (dashboard.problems.length > 0) throw new Error(dashboard.problems.join('\n'))
  } finally {
    await browser.close()
  }
} finally {
  await stop(demo)
  await rm(folder, { recursive: true, force: true })
}

interface Demo {
  dashboard: Dashboard
  url: string
  adminKey: string
  writeKey: string
}

async function takeAll({ dashboard, adminKey, writeKey, url }: Demo): Promise<void> {
  const { page } = dashboard
  await mkdir(IMAGES, { recursive: true })
  await reject({ url, writeKey }, REJECTED)
  const filters: Record<string, string> = {
    '/funnel': FUNNEL_STEPS.map((step) => `step=${step}`).join('&'),
    '/player': `player_id=${await goodCustomer(url, adminKey)}`,
    '/rejected': `group=${encodeURIComponent(JSON.stringify(['unknown_field', 'level_complete', '1.5.1']))}`,
  }
  for (const screen of SCREENS) {
    await visit(dashboard, `${screen}?${filters[screen] ?? ''}`)
    if (screen === '/live') await untilBusy(page, { url, writeKey })
    if (screen === '/events') await page.getByRole('table', { name: 'Events, newest first' }).waitFor()
    const name = screen.slice(1) || 'overview'
    const path = join(IMAGES, `${name}.png`)
    await page.screenshot({ path })
    execFileSync('pngquant', ['--force', '--output', path, '128', path])
    console.log(`docs/images/${name}.png`)
  }
}

/** The demo sends a few events a minute. This sends some more, with rejected ones between them. */
async function untilBusy(page: Page, { url, writeKey }: Pick<Demo, 'url' | 'writeKey'>): Promise<void> {
  const rows = page.getByRole('row')
  const headers = { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' }
  for (const [player, rowsMin] of [6, 16].entries()) {
    const events = Array.from({ length: 8 }, (_, at) => ({
      name: at % 2 === 0 ? 'level_start' : 'level_complete',
      player_id: `player-${player + 1}`,
      platform: 'ios',
      app_version: '1.5.0',
      properties: { level: Math.floor(at / 2) + 1, attempt: 1 },
    }))
    const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
    if (answer.status !== 202) throw new Error(`The events were answered ${answer.status}.`)
    await until(async () => (await rows.count()) > rowsMin, LIVE_MS_MAX)
    await reject({ url, writeKey }, REJECTED.slice(0, 2))
  }
}

/** The player with the most of the newest 100 purchases. */
async function goodCustomer(url: string, adminKey: string): Promise<string> {
  const answer = await fetch(`${url}/v1/games/demo/events?name=purchase&limit=100`, {
    headers: { authorization: `Bearer ${adminKey}` },
  })
  const { events } = (await answer.json()) as { events: { player_id: string }[] }
  const purchases = [...Map.groupBy(events, ({ player_id }) => player_id)]
  const [most] = purchases.toSorted(([, a], [, b]) => b.length - a.length)
  if (!most) throw new Error('The demo has no purchases.')
  return most[0]
}
