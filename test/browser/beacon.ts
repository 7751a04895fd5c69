// A game on a page of another origin sends beacons, as browsers do when a page closes: each form of body is stored.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { until } from '../until.ts'
import type { Game } from './played-game.ts'

const FORMS = ['application/json', 'text/plain', 'none'] as const

export async function beaconsOfAnotherOrigin(browser: Browser, { url, writeKey, database }: Game): Promise<void> {
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<title>A game'),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const ids = FORMS.map(() => randomUUID())
    for (const [index, type] of FORMS.entries()) {
      const body = JSON.stringify({ event_id: ids[index], name: 'session_end', player_id: 'on another page' })
      const [to, text] = [JSON.stringify(`${url}/v1/events?key=${writeKey}`), JSON.stringify(body)]
      const sent = type === 'none' ? text : `new Blob([${text}], { type: '${type}' })`
      const isQueued = await page.evaluate<boolean>(`navigator.sendBeacon(${to}, ${sent})`)
      assert.ok(isQueued, type)
    }
    await page.close()
    await until(async () => {
      const { rows } = await database.query('select from playtrace.events where event_id = any($1::uuid[])', [ids])
      return rows.length === FORMS.length
    })
  } finally {
    await context.close()
    server.close()
  }
}
