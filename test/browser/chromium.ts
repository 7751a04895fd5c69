// Chromium for the dashboard's tests: Debian's, headless, with an empty profile, and talking to nobody but the test's server.
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
  '--no-sandbox', // which is not to be had as root, in a container and in CI
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const DASHBOARD = fileURLToPath(new URL('../../dashboard', import.meta.url))

/** The path of the browser's program, where there is one on PATH. */
function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program))).find(existsSync)
}

/** @returns undefined where there is none, which the suite's last lines then say */
export async function openChromium(t: TestContext): Promise<Browser | undefined> {
  const executablePath = findChromium()
  if (!executablePath) {
    notRun({ what: 'the dashboard in a browser', why: 'no chromium on PATH', required: true })
    return undefined
  }
  return launchChromium(executablePath, (close) => onEnd(t, close))
}

/** @throws where there is none */
export async function launchChromium(
  executablePath = findChromium(),
  onOpen: (close: () => Promise<void>) => void = () => {},
): Promise<Browser> {
  if (!executablePath) throw new Error('There is no chromium on PATH.')
  // What the server hands out is what stands in dashboard/src now, not what `npm ci` built once.
  await build({ root: DASHBOARD, logLevel: 'error' })
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  onOpen(() => browser.close())
  return browser
}
