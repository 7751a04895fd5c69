// The command line: names, options and help. The code of a command is in src/commands/ and is loaded when it is called.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import type { ServerOptions } from '../src/commands/connections.ts'
import { FIRST_GAME } from '../src/commands/data-dir.ts'
import { KEY_KINDS, MAY_MANAGE, MAY_READ, MAY_SEND } from '../src/contract/key.ts'
import { REVENUE_FROM } from '../src/storage/games/games.ts'
import { ConfigError, readConfig, urlForTools } from '../src/config.ts'
import { day, duration, game, lateDays, positive, SEND_HELP, timeOrDay, whole } from './options.mts'

// Half of a process's start time is compiling TypeScript, so compiled code is cached for later starts and for child
// processes. If the folder cannot be written, each start compiles everything.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('../node_modules/.cache/playtrace', import.meta.url),
)
enableCompileCache()

const program = new Command('playtrace')
  .description(packageJson.description)
  .version(packageJson.version)
  .showHelpAfterError()

const config = () => readConfig(process.env)

const toServer = (command: Command, kinds: readonly string[], variable = 'PLAYTRACE_ADMIN_KEY') =>
  command
    .option('--url <url>', 'URL of the server (default: from HOST and PORT)')
    .option(
      '--key <key>',
      `key of the kind ${kinds.join(' or ')} (default: ${variable}, or the key in the data folder)`,
    )
const toSend = (command: Command) => toServer(command, MAY_SEND, 'PLAYTRACE_WRITE_KEY')

program
  .command('start')
  .description('run everything: database, migrations, API and worker')
  .action(async () => (await import('../src/commands/start.ts')).start(config()))

program
  .command('demo')
  .description(
    'run everything with a simulated game that has 60 days of history, separate from your own data',
  )
  .action(async () => {
    const { demo, demoConfig } = await import('../src/commands/demo.ts')
    await demo(demoConfig(process.env))
  })

program
  .command('api')
  .description('run only the HTTP server')
  .action(async () => (await import('../src/commands/api.ts')).api(config()))

program
  .command('worker')
  .description('run only a worker')
  .action(async () => (await import('../src/commands/worker.ts')).worker(config()))

program
  .command('migrate')
  .description('update the schema of the database and the queue to this release')
  .option('--generate-keys', 'generate a key of the first game that no variable gives, and keep it in the data folder')
  .action(async ({ generateKeys = false }: { generateKeys?: boolean }) =>
    (await import('../src/commands/migrate.ts')).migrate(config(), { generateKeys }),
  )

toSend(program.command('send <file>'))
  .description('send the events of a file to a running server')
  .option('--read-key <key>', 'a read or admin key: wait until the batches with these events are stored, and print how many of their events were already stored')
  .addHelpText('after', SEND_HELP)
  .action(async (file, { readKey, ...options }: ServerOptions & { readKey?: string }) => {
    const { send } = await import('../src/commands/send.ts')
    process.exitCode = await send({ file, readKey, ...(await serverOf(options)) })
  })

toSend(program.command('simulate'))
  .description('send the events of a realistic simulated game to a running server')
  .option('--rate <events>', 'events per second', positive, 50)
  .option('--players <count>', 'number of concurrent players', whole, 200)
  .option('--seed <number>', 'seed of the random choices', whole, 1)
  .option('--duration <time>', 'for example 30s, 10m or 2h (default: until Ctrl-C)', duration)
  .action(
    async (options: ServerOptions & { rate: number; players: number; seed: number; duration?: number }) => {
      const { simulate } = await import('../src/commands/simulate.ts')
      const { rate, players, seed, duration: durationMs } = options
      process.exitCode = await simulate({
        ratePerSecond: rate,
        players,
        seed,
        durationMs,
        ...(await serverOf(options)),
      })
    },
  )

program
  .command('database-url')
  .description('print the URL of the database, for psql and other tools')
  .action(async () =>
    console.log(urlForTools(await (await import('../src/commands/connections.ts')).databaseUrlOf(config()))),
  )

const ofGame = (command: Command, kinds = MAY_READ) =>
  toServer(command, kinds).option('--game <game>', 'name of the game', game, FIRST_GAME)

ofGame(program.command('explain <event_id>'))
  .description('show whether an event is stored, in the queue or rejected, with its batch or the reason')
  .option(
    '--occurred-at <time>',
    'occurred_at of the event; speeds up the search for an event_id without a time',
  )
  .action(async (eventId, options) => {
    process.exitCode = await (await import('../src/commands/explain.ts')).explain(config(), eventId, options)
  })

const keyKinds = Object.entries(KEY_KINDS)
  .map(([kind, { use }]) => `\n  ${kind.padEnd(13)} ${use}`)
  .join('')
const keysModule = () => import('../src/commands/keys.ts')
const keys = program.command('keys').description('list, add and revoke the keys of games')
keys
  .command('list', { isDefault: true })
  .description('list every key by its fingerprint')
  .action(async () => (await keysModule()).keysList(config()))
keys
  .command('add')
  .description('create a key, and its game if it does not exist; the key is shown only once')
  .option('--game <game>', 'up to 63 lower-case letters, digits, - and _; not for an installation key', game)
  .addOption(
    new Option('--kind <kind>', 'what the key is for').choices(Object.keys(KEY_KINDS)).makeOptionMandatory(),
  )
  .option('--label <label>', 'name of the key in the list', 'default')
  .addHelpText('after', `\nKinds:${keyKinds}`)
  .action(async (options) => (await keysModule()).keysAdd(config(), options))
keys
  .command('revoke <fingerprint>')
  .description('revoke a key; takes effect within seconds')
  .action(async (fingerprint) => {
    process.exitCode = await (await keysModule()).keysRevoke(config(), fingerprint)
  })
keys
  .command('show')
  .description('print the keys that were generated in the data folder')
  .action(async () => (await import('../src/commands/migrate.ts')).keysShow(config()))

const gamesModule = () => import('../src/commands/games.ts')
const games = program.command('games').description('list the games, and set which old times and purchases count')
games
  .command('list', { isDefault: true })
  .description('list every game with its settings')
  .action(async () => (await gamesModule()).gamesList(config()))
games
  .command('set <game>')
  .description('set which times of events are believed, for example before an import of old events, and which purchases count')
  .option('--first-day <day>', 'YYYY-MM-DD; an earlier time is not believed', day)
  .option('--late-days <count>', 'a time that is older than this on arrival is not believed', lateDays)
  .addOption(
    new Option('--revenue-from <keys>', 'server: only a purchase that a server key sent counts as revenue').choices(REVENUE_FROM),
  )
  .action(async (name, options) => (await gamesModule()).gamesSet(config(), name, options))

program
  .command('events')
  .description('remove stored events')
  .command('forget')
  .description('remove the events that a key sent, and rebuild the reports of its game')
  .requiredOption('--key <fingerprint>', 'the fingerprint of the key, as `keys` lists it')
  .option('--from <time>', 'only events that were received at this time or later, such as 2026-11-20 or 2026-11-20T08:00:00Z', timeOrDay)
  .option('--to <time>', 'only events that were received before this time', timeOrDay)
  .option('--dry-run', 'only count the events')
  .action(async (options) => {
    process.exitCode = await (await import('../src/commands/events.ts')).eventsForget(config(), options)
  })

const deadLetters = program
  .command('dead-letters')
  .description('list and retry the batches that could not be stored')
deadLetters
  .command('list', { isDefault: true })
  .description('list the dead letters with their last error')
  .action(async () => (await import('../src/commands/dead-letters.ts')).deadLettersList(config()))
deadLetters
  .command('retry')
  .description('put all dead letters back into the queue')
  .action(async () => (await import('../src/commands/dead-letters.ts')).deadLettersRetry(config()))

program
  .command('rollups')
  .description('rebuild the rollups, the tables that the reports are read from')
  .command('rebuild')
  .description('rebuild the rollups from the stored events while the server runs')
  .action(async () => {
    process.exitCode = await (await import('../src/commands/rollups.ts')).rollupsRebuild(config())
  })

const rejectionsModule = () => import('../src/commands/rejections.ts')
const rejections = program.command('rejections').description('list, show and replay rejected events')
ofGame(rejections.command('list', { isDefault: true }))
  .description('list rejected events, grouped by reason, name and app_version')
  .action(async (options) => (await rejectionsModule()).rejectionsList(config(), options))
ofGame(rejections.command('show <rejection_id>'))
  .description('show one rejected event in full')
  .action(async (id, options) => (await rejectionsModule()).rejectionsShow(config(), id, options))
ofGame(rejections.command('replay [rejection_ids...]'), MAY_MANAGE)
  .description('send rejected events again; an event that is replayed twice is stored once')
  .option('--reason <reason>', 'instead of ids: all events with this reason that were not replayed yet')
  .option('--name <name>', 'with --reason: only events with this name')
  .option('--app-version <version>', 'with --reason: only events with this app_version')
  .option('--from <pointer>', 'a field or property to rename, such as /lvl or /properties/lvl')
  .option('--to <pointer>', 'the new field or property, such as /properties/level')
  .action(async (ids, options) => {
    process.exitCode = await (await rejectionsModule()).rejectionsReplay(config(), ids, options)
  })

async function serverOf(options: ServerOptions) {
  return (await import('../src/commands/connections.ts')).serverOf(config(), options)
}

try {
  await program.parseAsync()
} catch (error) {
  // A ConfigError is a mistake that the user can fix, so its message is enough. A defect needs its stack.
  console.error(error instanceof ConfigError ? error.message : error)
  process.exit(1)
}
