// A past for the table of events, sent through the API as the game would have sent it. So the bench needs to know neither the
// tables nor the rollups of the commit that it measures.
import type { Load } from './load.ts'
import type { Playtrace } from './playtrace.ts'
import { showProgress } from './print.ts'
import { untilFolded } from './routes.ts'

const CHUNK_EVENTS = 200_000
const REQUESTS = { requestEvents: 500, connections: 8 }

interface History {
  seed: number
  todayMs: number
  /** About this many events in all. */
  events: number
}

/**
 * Sends the next events of the history until `to` of them are stored and folded into the rollups.
 * @param from how many are stored already, beside `others`
 * @returns how many are stored now: fewer than `to` only at the history's end
 */
export async function addHistory(
  playtrace: Playtrace,
  load: Load,
  { seed, ...history }: History,
  { from, to, others }: { from: number; to: number; others: number },
): Promise<number> {
  const { url, headers, store } = playtrace
  let sent = from
  while (sent < to) {
    showProgress(`history: ${sent} of ${to} events`)
    const events = Math.min(CHUNK_EVENTS, to - sent)
    const prepared = await load.prepare({ url, headers, seed, history, events, ...REQUESTS })
    if (prepared === 0) break
    await load.send()
    sent += prepared
  }
  showProgress(`history: until all ${sent} events are stored and folded`)
  await store.untilStored(sent + others)
  await untilFolded(playtrace)
  await store.settle()
  return sent
}
