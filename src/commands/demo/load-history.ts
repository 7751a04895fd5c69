// Loads the demo's history through the API, and then sends events at the times at which players play. Later starts send only
// the events since the last load. After an interrupted load, everything is sent again and each event is still stored once.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Delivery } from '../../client/deliver-events.ts'
import { envelopeBody, ndjsonBody } from '../../client/encode-body.ts'
import type { Entry } from '../../client/post-events.ts'
import { runDelivery } from '../../client/run-delivery.ts'
import type { Interrupt, Terminal } from '../../client/terminal.ts'
import { REQUEST_EVENTS_MAX } from '../../contract/limits.ts'
import { historyEvents } from '../../simulation/history.ts'
import { fromOldBuild } from '../../simulation/old-build.ts'
import type { SimulatedEvent } from '../../simulation/simulated-events.ts'
import { DAY_MS, startOfDay } from '../../simulation/visits.ts'

export interface LoadOptions {
  dataDir: string
  nowMs: number
  url: string
  /** A write key. */
  key: string
  /** The simulated game. `days` is the length of its history at the first load, including today. */
  play: { seed: number; newPlayersPerDay: number; days: number }
}

/** The content of demo.json in the data folder. */
interface Loaded {
  first_day: string
  /** Events up to this time have been accepted. Null until the first load is complete. */
  loaded_until: string | null
}

/** The play goes on for so long if nobody ends it. */
const FUTURE_DAYS = 366
const TICK_MS = 500

/**
 * Prints progress and problems. It does not throw when events are rejected, so that the demo continues.
 * @returns the events that are still to come
 */
export async function loadHistory(
  options: LoadOptions,
  terminal: Terminal,
  interrupt: Interrupt,
): Promise<Iterator<SimulatedEvent>> {
  const { dataDir, nowMs, url, key, play } = options
  const loaded = await readLoaded(dataDir)
  const first_day = loaded?.first_day ?? dayOf(nowMs - (play.days - 1) * DAY_MS)
  // Stored before the first event is sent, because a repeated load must send the same events.
  if (!loaded) await storeLoaded(dataDir, { first_day, loaded_until: null })

  const firstDayMs = Date.parse(first_day)
  const fromMs = loaded?.loaded_until ? Date.parse(loaded.loaded_until) : firstDayMs
  const loading = loaded?.loaded_until ? 'Loading the events since the last run:' : 'Loading all events:'
  terminal.stdout.write(`The simulated game has been played since ${first_day}. ${loading}\n`)

  const events = historyEvents({ ...play, firstDayMs }, fromMs, nowMs + FUTURE_DAYS * DAY_MS)
  const feed = historyFeed(events, fromMs, nowMs)
  const { tally, problems } = await runDelivery(
    {
      url,
      key,
      encode: ndjsonBody, // has no `sent_at`, so old times are not corrected
      feed: feed.deliver,
      progress: { total: nowMs - fromMs, value: feed.playedMs },
    },
    terminal,
    interrupt,
  )
  const isComplete = problems.size === 0 && tally.accepted + tally.rejected === tally.sent
  if (isComplete && !interrupt.stop.aborted)
    await storeLoaded(dataDir, { first_day, loaded_until: new Date(nowMs).toISOString() })
  return feed.toCome()
}

/** Sends each event when its time comes, until Ctrl-C. */
export async function goOnPlaying(
  toCome: Iterator<SimulatedEvent>,
  { url, key }: Pick<LoadOptions, 'url' | 'key'>,
  terminal: Terminal,
  interrupt: Interrupt,
): Promise<void> {
  const feed = async (delivery: Delivery, stop: AbortSignal) => {
    for (let next = toCome.next(); !next.done && !stop.aborted && !delivery.hasFailed(); next = toCome.next()) {
      while (Date.parse(next.value.occurred_at) > Date.now() && !stop.aborted)
        await wait(TICK_MS, undefined, { signal: stop }).catch(() => {})
      if (!stop.aborted) await delivery.deliver([entryOf(next.value, 1)])
    }
  }
  await runDelivery({ url, key, encode: envelopeBody, feed }, terminal, interrupt)
}

function entryOf(event: SimulatedEvent, number: number): Entry {
  return { number, json: Buffer.from(JSON.stringify(fromOldBuild(event))) }
}

function historyFeed(events: Iterator<SimulatedEvent>, fromMs: number, nowMs: number) {
  let playedMs = 0
  let next = events.next()
  return {
    playedMs: () => playedMs,
    async deliver(delivery: Delivery, stop: AbortSignal): Promise<void> {
      let entries: Entry[] = []
      let number = 0
      for (; !next.done && Date.parse(next.value.occurred_at) < nowMs; next = events.next()) {
        number += 1
        entries.push(entryOf(next.value, number))
        if (entries.length < REQUEST_EVENTS_MAX) continue
        await delivery.deliver(entries)
        if (stop.aborted) return
        playedMs = Date.parse(next.value.occurred_at) - fromMs
        entries = []
      }
      if (entries.length > 0) await delivery.deliver(entries)
    },
    *toCome(): Generator<SimulatedEvent, undefined> {
      for (; !next.done; next = events.next()) yield next.value
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
    return undefined // nothing has been loaded yet
  }
}

async function storeLoaded(dataDir: string, loaded: Loaded): Promise<void> {
  await writeFile(loadedFile(dataDir), `${JSON.stringify(loaded)}\n`)
}
