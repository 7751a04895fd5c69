// The events that are sent: made once from a seed, or read from the WAVES file, and stamped with fresh ids each time.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { v4 as uuidV4, v7 as uuidV7 } from 'uuid'
import { GAME_MODEL } from '../../../src/simulation/game-model.ts'
import { playGame } from '../../../src/simulation/play-game.ts'
import { randomStream } from '../../../src/simulation/random.ts'
import { type SimulatedEvent, simulatedEvents } from '../../../src/simulation/simulated-events.ts'
import { endlessVisits } from '../../../src/simulation/visits.ts'
import { furnish } from './furnish.ts'
import type { DataKind } from './plan.ts'

export const WAVES_FILE = fileURLToPath(
  new URL('../../../../shared/data/waves-2023-02.ndjson.gz', import.meta.url),
)

/** As many different ones as fill no compressor's window; then they come again, with other ids. */
const TEMPLATES = 20_000
const PLAYERS = 400
const PLAY_STARTS_MS = Date.UTC(2026, 0, 1)
/** Events wait in a game's own queue before they are sent: their times are as much older than the sending, at most. */
const AGE_MS_MAX = 60_000
const AGES_STREAM = 3

/** An event's text around what differs each time it is sent. */
interface Template {
  afterId: string
  /** Undefined: the time stands in `afterId`, and stays. */
  ageMs: number | undefined
  afterTime: string
}

export interface EventSource {
  /** The next event's JSON, with an id that was never used before. */
  next(nowMs: number): string
}

export function openEventSource(data: DataKind, seed: number): EventSource {
  const templates = data === 'waves' ? wavesTemplates() : gameTemplates(seed)
  let index = 0
  return {
    next(nowMs) {
      const template = templates[index++ % templates.length] as Template
      const { afterId, ageMs, afterTime } = template
      if (ageMs === undefined) return `{"event_id":"${uuidV4()}"${afterId}`
      const msecs = nowMs - ageMs
      const time = new Date(msecs).toISOString()
      return `{"event_id":"${uuidV7({ msecs })}"${afterId}${time}${afterTime}`
    },
  }
}

function gameTemplates(seed: number): Template[] {
  const visits = endlessVisits({ seed, startMs: PLAY_STARTS_MS, players: PLAYERS })
  const events = simulatedEvents(playGame({ seed, model: GAME_MODEL, visits }), seed)
  const random = randomStream(seed, AGES_STREAM)
  return Array.from({ length: TEMPLATES }, () => {
    const event = furnish(events.next().value as SimulatedEvent, random)
    const [afterId = '', afterTime = ''] = textAfterId(event).split(event.occurred_at)
    return { afterId, ageMs: random.whole(0, AGE_MS_MAX), afterTime }
  })
}

function wavesTemplates(): Template[] {
  const lines = gunzipSync(readFileSync(WAVES_FILE)).toString().trimEnd().split('\n')
  return lines.map((line) => ({ afterId: textAfterId(JSON.parse(line)), ageMs: undefined, afterTime: '' }))
}

function textAfterId({ event_id: _, ...rest }: { event_id: string }): string {
  return `,${JSON.stringify(rest).slice(1)}`
}
