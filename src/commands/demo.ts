// `playtrace demo`: everything that `start` runs, on a data folder of its own, with a game that has been played for 60 days
// and goes on: something to look at before one's own game sends.
import { endOf } from '../client/terminal.ts'
import { type Config, readConfig } from '../config.ts'
import { loadHistory } from './demo/load-history.ts'
import { simulate } from './simulate.ts'
import type { RunningSystem } from './start/greeting.ts'
import { start } from './start.ts'

const DATA_DIR = '.playtrace-demo'
const PAST = { seed: 60, newPlayersPerDay: 20, days: 60 }
/** Other players than those of the past. About as fast as the clock. */
const LIVE_PLAY = { seed: 61, players: 40, ratePerSecond: 3, durationMs: undefined }

/** Never what a game of one's own is in: neither its database nor its folder. */
export function demoConfig(environment: NodeJS.ProcessEnv): Config {
  const apart = { DATABASE_URL: '', QUEUE_URL: '', PLAYTRACE_DATA_DIR: DATA_DIR }
  return readConfig({ ...environment, ...apart, PORT: environment['PORT'] || '0' })
}

/** Returns when it was told to end and everything has ended. */
export function demo(config: Config): Promise<void> {
  return start(config, play)
}

async function play({ origin, dataDir, keys }: RunningSystem, end: AbortSignal): Promise<void> {
  const interrupt = endOf(end)
  const server = { url: origin, key: keys.write_key }
  await loadHistory({ dataDir, nowMs: Date.now(), play: PAST, ...server }, process, interrupt)
  if (end.aborted) return
  console.log(`
Its players go on, until Ctrl-C.

  Dashboard   ${origin}
  Admin key   ${keys.admin_key}   to sign in
  Docs        ${origin}/docs
  Data        ${dataDir}   (delete it to begin anew)
`)
  await simulate({ ...LIVE_PLAY, ...server }, process, interrupt)
}
