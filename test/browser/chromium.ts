// Starts Chromium for the dashboard's tests: headless, with an empty profile, and without requests of its own.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'
import { notRun } from '../not-run.ts'
import { onEnd } from '../on-end.ts'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']
const FLAGS = [
  '--no-sandbox', // The sandbox does not work as root, as in a container or in CI.
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const DASHBOARD = fileURLToPath(new URL('../../dashboard', import.meta.url))

/** The path of the browser's program, if there is one on PATH. */
function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))).find(existsSync)
}

/** @returns undefined if there is no Chromium; the end of the test run then says so */
export async function openChromium(t: TestContext): Promise<Browser | undefined> {
  const executablePath = findChromium()
  if (!executablePath) {
    notRun({ what: 'the dashboard in a browser', why: 'no chromium on PATH', required: true })
    return undefined
  }
  return launchChromium(executablePath, (close) => onEnd(t, close))
}

/** @throws if there is no Chromium */
export async function launchChromium(
  executablePath = findChromium(),
  onOpen: (close: () => Promise<void>) => void = () => {},
): Promise<Browser> {
  if (!executablePath) throw new Error('There is no chromium on PATH.')
  // The server must serve the current dashboard/src, not what `npm ci` built.
  await build({ root: DASHBOARD, logLevel: 'error' })
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  onOpen(() => browser.close())
  return browser
}
