// `playtrace demo`: runs everything that `start` runs, in a data folder of its own, with a simulated game that has 60 days
// of history and continues to send events.
import { endOf } from '../client/terminal.ts'
import { type Config, readConfig } from '../config.ts'
import { freePort } from '../embedded-postgres/free-port.ts'
import { setGame } from '../storage/games/games.ts'
import { withDatabase } from './connections.ts'
import { FIRST_GAME } from './data-dir.ts'
import { goOnPlaying, loadHistory } from './demo/load-history.ts'
import { shownKey } from './shown-keys.ts'
import type { RunningSystem } from './start/greeting.ts'
import { start } from './start.ts'

const DATA_DIR = '.playtrace-demo'
const PAST = { seed: 60, newPlayersPerDay: 20, days: 60 }
/** The demo keeps this port, so that its addresses stay valid. */
const PORT = 3030

/** Ignores the variables that name a database, its port, a queue or a data folder, so that the demo never touches real data. */
export function demoConfig(environment: NodeJS.ProcessEnv): Config {
  const apart = { DATABASE_URL: '', QUEUE_URL: '', PLAYTRACE_DATA_DIR: DATA_DIR, EMBEDDED_POSTGRES_PORT: '' }
  return readConfig({ ...environment, ...apart, PORT: environment['PORT'] || '0' })
}

/** Returns when everything has ended after a signal. */
export async function demo(config: Config): Promise<void> {
  const port = config.port || (await freePort(config.host, PORT).catch(() => 0))
  return start({ ...config, port }, { whenMigrated: believeHistory, whenReady: play })
}

/** The history is longer than the days that are believed by default, and a later start sends the days since the last one. */
async function believeHistory(databaseUrl: string): Promise<void> {
  const settings = { firstDay: '2020-01-01', lateDays: 3650 }
  await withDatabase(databaseUrl, { name: 'demo' }, (database) => setGame(database, FIRST_GAME, settings))
}

async function play(system: RunningSystem, end: AbortSignal): Promise<void> {
  const { origin, dataDir, keys, keyVariables } = system
  const interrupt = endOf(end)
  const server = { url: origin, key: keys.write_key }
  const toCome = await loadHistory({ dataDir, nowMs: Date.now(), play: PAST, ...server }, process, interrupt)
  if (end.aborted) return
  console.log(`
The demo now sends a few events a minute, until you press Ctrl-C.

  Dashboard   ${origin}
  Admin key   ${shownKey('admin', keys, keyVariables)}   to sign in
  Write key   ${shownKey('write', keys, keyVariables)}   to send events of your own
  Docs        ${origin}/docs
  Data        ${dataDir}   (delete this folder to start over)
`)
  await goOnPlaying(toCome, server, process, interrupt)
  console.log('The demo has stopped. Its data is kept: `npm run demo` continues it.')
}
