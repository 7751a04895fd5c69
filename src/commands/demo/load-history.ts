// The demo's past, loaded through the API like any game's events, once: what is sent again is stored once, and what was
// loaded before is not sent again. A demo that was away goes on where it was.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Delivery } from '../../client/deliver-events.ts'
import { ndjsonBody } from '../../client/encode-body.ts'
import type { Entry } from '../../client/post-events.ts'
import { runDelivery } from '../../client/run-delivery.ts'
import type { Interrupt, Terminal } from '../../client/terminal.ts'
import { REQUEST_EVENTS_MAX } from '../../contract/limits.ts'
import { historyEvents } from '../../simulation/history.ts'
import type { SimulatedEvent } from '../../simulation/simulated-events.ts'
import { DAY_MS, startOfDay } from '../../simulation/visits.ts'

export interface LoadOptions {
  dataDir: string
  nowMs: number
  url: string
  /** A write key. */
  key: string
  /** The game, and how long it had been played when it was loaded first, today counted in. */
  play: { seed: number; newPlayersPerDay: number; days: number }
}

/** What is kept in the data folder: the game is played from its first day, and sent up to `loaded_until`. */
interface Loaded {
  first_day: string
  /** Null until all of it has been taken. */
  loaded_until: string | null
}

/** Says what it does, and what went wrong; the game goes on either way. */
export async function loadHistory(
  options: LoadOptions,
  terminal: Terminal,
  interrupt: Interrupt,
): Promise<void> {
  const { dataDir, nowMs, url, key, play } = options
  const loaded = await readLoaded(dataDir)
  const first_day = loaded?.first_day ?? dayOf(nowMs - (play.days - 1) * DAY_MS)
  // Before the first event goes out: a load that was cut short is to send the same again.
  if (!loaded) await keepLoaded(dataDir, { first_day, loaded_until: null })

  const firstDayMs = Date.parse(first_day)
  const fromMs = loaded?.loaded_until ? Date.parse(loaded.loaded_until) : firstDayMs
  const said = loaded?.loaded_until ? 'It is loaded already; what was played since:' : 'Loading it:'
  terminal.stdout.write(`A game that has been played since ${first_day}. ${said}\n`)

  const feed = feedOf(historyEvents({ ...play, firstDayMs }, fromMs, nowMs), fromMs)
  const { tally, problems } = await runDelivery(
    {
      url,
      key,
      encode: ndjsonBody, // without `sent_at`: these clocks are right, however long ago it was
      limits: undefined,
      feed: feed.deliver,
      progress: { total: nowMs - fromMs, value: feed.playedMs },
      numbered: 'event',
    },
    terminal,
    interrupt,
  )
  if (problems.length > 0 || tally.accepted < tally.sent || interrupt.stop.aborted) return
  await keepLoaded(dataDir, { first_day, loaded_until: new Date(nowMs).toISOString() })
}

function feedOf(events: Iterable<SimulatedEvent>, fromMs: number) {
  let playedMs = 0
  return {
    playedMs: () => playedMs,
    async deliver(delivery: Delivery, stop: AbortSignal): Promise<void> {
      let entries: Entry[] = []
      let number = 0
      for (const event of events) {
        number += 1
        entries.push({ number, json: Buffer.from(JSON.stringify(event)) })
        if (entries.length < REQUEST_EVENTS_MAX) continue
        await delivery.deliver(entries)
        if (stop.aborted) return
        playedMs = Date.parse(event.occurred_at) - fromMs
        entries = []
      }
      if (entries.length > 0) await delivery.deliver(entries)
    },
  }
}

function dayOf(atMs: number): string {
  return new Date(startOfDay(atMs)).toISOString().slice(0, 10)
}

const loadedFile = (dataDir: string) => join(dataDir, 'demo.json')

async function readLoaded(dataDir: string): Promise<Loaded | undefined> {
  try {
    return JSON.parse(await readFile(loadedFile(dataDir), 'utf8')) as Loaded
  } catch {
    return undefined // nothing was loaded yet
  }
}

async function keepLoaded(dataDir: string, loaded: Loaded): Promise<void> {
  await writeFile(loadedFile(dataDir), `${JSON.stringify(loaded)}\n`)
}
