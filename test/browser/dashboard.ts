// Drives the dashboard as a person does. It finds elements by role and name, as a screen reader does, and collects errors.
import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { until } from '../until.ts'

const TIMEOUT_MS = 10_000
export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

export interface Dashboard {
  page: Page
  /** Console errors, uncaught exceptions, and requests to any other server. */
  problems: string[]
}

/** Opens a tab with an empty profile, not signed in. Language and time zone are fixed, because figures depend on them. */
export async function openTab(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Dashboard> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: DESKTOP,
    locale: 'en-US',
    timezoneId: 'Asia/Tokyo',
    ...options,
  })
  context.setDefaultTimeout(TIMEOUT_MS)
  const problems: string[] = []
  const page = await context.newPage()
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol !== 'blob:' && origin !== url) problems.push(`a request to ${request.url()}`)
  })
  return { page, problems }
}

export async function signIn({ page }: Dashboard, key: string, path = '/'): Promise<void> {
  await page.goto(path)
  await page.getByLabel('Read or admin key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Screens' }).waitFor()
}

/** Opens another address in the same tab, and waits until everything on it is loaded. */
export async function visit({ page }: Dashboard, path: string): Promise<void> {
  await page.goto(path)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await settled(page)
}

/** Goes to a screen by its link in the navigation, which keeps the date range. */
export async function goTo({ page }: Dashboard, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  await settled(page)
}

export const settled = (page: Page) => until(async () => (await page.locator('main [aria-busy=true]').count()) === 0)

export const card = (page: Page, title: string): Locator =>
  page.getByRole('main').getByRole('region', { name: title, exact: true }).first()

/** A card's figures, header first. A chart is switched to its table. */
export async function readTable(page: Page, title: string, caption = title): Promise<string[][]> {
  const asTable = card(page, title).getByRole('button', { name: 'Table', exact: true, pressed: false })
  await settled(page)
  await asTable
    .or(page.getByRole('table', { name: caption, exact: true }))
    .first()
    .waitFor()
  if ((await asTable.count()) > 0) await asTable.click()
  return readRowsOf(page, caption)
}

/** The cells of a table, header first. */
export async function readRowsOf(page: Page, caption: string): Promise<string[][]> {
  const table = page.getByRole('table', { name: caption, exact: true })
  await table.waitFor()
  const rows = await table.getByRole('row').allInnerTexts()
  return rows.map((row) => row.split('\t').map((cell) => cell.trim()))
}

/** A card's figures without the header. */
export const readRows = async (page: Page, title: string, caption = title) =>
  (await readTable(page, title, caption)).slice(1)

/** The large figure of a tile. */
export function tile(within: Page | Locator, label: string): Locator {
  return within
    .getByRole('term')
    .filter({ hasText: new RegExp(`^${label}$`) })
    .locator('xpath=..')
    .locator('strong')
}

export async function assertTiles(page: Page, expected: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(expected))
    assert.equal(await tile(page, label).textContent(), value, label)
}

/** The file that a card's button downloads. */
export async function downloadFile(page: Page, title: string, button: string): Promise<{ name: string; text: string }> {
  const started = page.waitForEvent('download')
  await card(page, title).getByRole('button', { name: button, exact: true }).click()
  const file = await started
  return { name: file.suggestedFilename(), text: await text(await file.createReadStream()) }
}

/** The rows of a CSV file without quoted fields. */
export function csvRows(csv: string): string[][] {
  const lines = csv.split('\r\n')
  assert.equal(lines.pop(), '', 'the last line ends like the others')
  return lines.map((line) => line.split(','))
}
