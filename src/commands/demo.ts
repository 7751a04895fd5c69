// `playtrace demo`: runs everything that `start` runs, in a data folder of its own, with a simulated game that has 60 days
// of history and continues to send events.
import { endOf } from '../client/terminal.ts'
import { type Config, readConfig } from '../config.ts'
import { setGame } from '../storage/games/games.ts'
import { withDatabase } from './connections.ts'
import { FIRST_GAME } from './data-dir.ts'
import { loadHistory } from './demo/load-history.ts'
import { simulate } from './simulate.ts'
import type { RunningSystem } from './start/greeting.ts'
import { start } from './start.ts'

const DATA_DIR = '.playtrace-demo'
const PAST = { seed: 60, newPlayersPerDay: 20, days: 60 }
/** A seed of its own, so that these are new players. At this rate, play runs about as fast as the clock. */
const LIVE_PLAY = { seed: 61, players: 40, ratePerSecond: 3, durationMs: undefined }

/** Ignores the variables that name a database, a queue or a data folder, so that the demo never touches real data. */
export function demoConfig(environment: NodeJS.ProcessEnv): Config {
  const apart = { DATABASE_URL: '', QUEUE_URL: '', PLAYTRACE_DATA_DIR: DATA_DIR }
  return readConfig({ ...environment, ...apart, PORT: environment['PORT'] || '0' })
}

/** Returns when everything has ended after a signal. */
export function demo(config: Config): Promise<void> {
  return start(config, { whenMigrated: believeHistory, whenReady: play })
}

/** The history is longer than the days that are believed by default, and a later start sends the days since the last one. */
async function believeHistory(databaseUrl: string): Promise<void> {
  const settings = { firstDay: '2020-01-01', lateDays: 3650 }
  await withDatabase(databaseUrl, { name: 'demo' }, (database) => setGame(database, FIRST_GAME, settings))
}

async function play({ origin, dataDir, keys }: RunningSystem, end: AbortSignal): Promise<void> {
  const interrupt = endOf(end)
  const server = { url: origin, key: keys.write_key }
  await loadHistory({ dataDir, nowMs: Date.now(), play: PAST, ...server }, process, interrupt)
  if (end.aborted) return
  console.log(`
The simulated players continue until you press Ctrl-C.

  Dashboard   ${origin}
  Admin key   ${keys.admin_key}   to sign in
  Docs        ${origin}/docs
  Data        ${dataDir}   (delete this folder to start over)
`)
  await simulate({ ...LIVE_PLAY, ...server }, process, interrupt)
}
