// `playtrace events forget`: removes the stored events that one key sent, and rebuilds the reports of its game.
import { progressBar, showProgress, stopOnSignal, type Terminal } from '../client/terminal.ts'
import { type Config, ConfigError } from '../config.ts'
import { countSentEvents, forgetEvents, type SentEvents } from '../storage/events/forget-events.ts'
import { findKey } from '../storage/games/games.ts'
import type { Database } from '../storage/postgres/database.ts'
import { rebuildRollups } from '../storage/rollups/rebuild.ts'
import { databaseUrlOf, withDatabase } from './connections.ts'

/** One statement may scan all events of a game or delete its rollups, which is slow. */
const CONNECTION = { name: 'events', queryTimeoutMs: 60 * 60 * 1000 }

export interface ForgetOptions {
  /** The fingerprint of the key. */
  key: string
  from?: string
  to?: string
  dryRun?: boolean
}

/** @returns the exit code */
export async function eventsForget(
  config: Config,
  { key: fingerprint, from, to, dryRun }: ForgetOptions,
  terminal: Terminal = process,
): Promise<number> {
  return withDatabase(await databaseUrlOf(config), CONNECTION, async (database) => {
    const key = await findKey(database, fingerprint)
    if (!key) throw new ConfigError(`No key has the fingerprint ${fingerprint}. \`playtrace keys\` lists all keys.`)
    if (key.game_id === null) throw new ConfigError('An installation key sends no events.')
    const sent: SentEvents = { gameId: key.game_id, keyNo: key.key_no, from, to }
    if (dryRun) {
      const { events, players, days } = await countSentEvents(database, sent)
      terminal.stdout.write(
        `This ${key.kind} key of ${key.game} sent: events ${events}, players ${players}, days ${days}. Nothing was removed.\n`,
      )
      return 0
    }
    if (!key.revoked_at && to === undefined)
      terminal.stderr.write(
        `The key is valid, so it may send more events. To prevent this, run \`playtrace keys revoke ${fingerprint}\` first.\n`,
      )
    return forget(database, sent, `the reports of ${key.game}`, terminal)
  })
}

async function forget(database: Database, sent: SentEvents, reports: string, terminal: Terminal): Promise<number> {
  const interrupt = stopOnSignal(terminal)
  const progress = { what: '', done: 0, total: 0 }
  const bar = showProgress(terminal.stderr, () => `${progress.what} ${progressBar(progress.done, progress.total)}`)
  const options = (what: string) => ({
    stop: interrupt.stop,
    onProgress: (done: number, total: number) => Object.assign(progress, { what, done, total }),
  })
  try {
    const events = await forgetEvents(database, sent, options('Removing events'))
    interrupt.stop.throwIfAborted()
    // Also without such events: an earlier call may have ended after it removed them.
    await rebuildRollups(database, { ...options(`Rebuilding ${reports}`), gameId: sent.gameId })
    bar.stop()
    terminal.stdout.write(`Removed events: ${events}. Rebuilt ${reports}.\n`)
    return 0
  } catch (error) {
    bar.stop()
    terminal.stderr.write(
      'The command is not finished. Some events may be removed, and the reports still count them. Run it again.\n',
    )
    const code = interrupt.exitCode()
    if (code === undefined) throw error
    return code
  } finally {
    interrupt.release()
  }
}
