#!/usr/bin/env node
// The command line: names, options and help. What a command does stands in src/commands/, loaded when it is called.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import type { GameOptions } from '../src/commands/ask-server.ts'
import type { ServerOptions } from '../src/commands/connections.ts'
import { FIRST_GAME } from '../src/commands/data-dir.ts'
import { ConfigError, readConfig } from '../src/config.ts'
import { day, duration, game, kind, positive, SEND_HELP, SIMULATE_DEFAULTS, whole } from './options.ts'

// Half of a process's start is reading TypeScript; the next start finds it read, and so does every child, such as one that
// takes the place of one that died. Where the folder cannot be written, all is read anew.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('../node_modules/.cache/playtrace', import.meta.url),
)
enableCompileCache()

const program = new Command('playtrace')
  .description(packageJson.description)
  .version(packageJson.version)
  .showHelpAfterError()

const config = () => readConfig(process.env)

program
  .command('start')
  .description('run everything: database, migrations, API and worker')
  .action(async () => (await import('../src/commands/start.ts')).start(config()))

program
  .command('demo')
  .description(
    'run everything with a game that has been played for 60 days and goes on, apart from your data',
  )
  .action(async () => {
    const { demo, demoConfig } = await import('../src/commands/demo.ts')
    await demo(demoConfig(process.env))
  })

program
  .command('api')
  .description('run the HTTP server alone')
  .action(async () => (await import('../src/commands/api.ts')).api(config()))

program
  .command('worker')
  .description('run a worker alone')
  .action(async () => (await import('../src/commands/worker.ts')).worker(config()))

program
  .command('migrate')
  .description("bring database and queue to this release's schema")
  .action(async () => (await import('../src/commands/migrate.ts')).migrate(config()))

program
  .command('send <file>')
  .description('send events from NDJSON (.gz too; - is standard input) to a running server')
  .option('--url <url>', 'the server (default: HOST and PORT)')
  .option('--key <key>', 'a write key (default: PLAYTRACE_WRITE_KEY, or the key in the data folder)')
  .addHelpText('after', SEND_HELP)
  .action(async (file, options: ServerOptions) => {
    const { send } = await import('../src/commands/send.ts')
    process.exitCode = await send({ file, ...(await serverOf(options)) })
  })

program
  .command('simulate')
  .description('play a believable game against a running server; the same seed plays the same')
  .option('--rate <events>', 'events a second', positive, SIMULATE_DEFAULTS.ratePerSecond)
  .option('--players <count>', 'how many are in the game at a time', whole, SIMULATE_DEFAULTS.players)
  .option('--seed <number>', 'another seed, another play', whole, SIMULATE_DEFAULTS.seed)
  .option('--duration <time>', 'such as 30s, 10m, 2h (default: until Ctrl-C)', duration)
  .option('--url <url>', 'the server (default: HOST and PORT)')
  .option('--key <key>', 'a write key (default: PLAYTRACE_WRITE_KEY, or the key in the data folder)')
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
  .description("print the database's URL, for psql and other tools")
  .action(async () => (await import('../src/commands/database-url.ts')).databaseUrl(config()))

program
  .command('explain <event_id>')
  .description('where is this event: stored by which batch, in the queue, or rejected why')
  .option('--game <game>', 'whose event it is', game, FIRST_GAME)
  .option('--occurred-at <time>', 'as the event carried it: finds ids that carry no time at once')
  .option('--url <url>', 'the server (default: HOST and PORT)')
  .option('--key <key>', 'an admin key (default: PLAYTRACE_ADMIN_KEY, or the key in the data folder)')
  .action(async (eventId, options: GameOptions & { occurredAt?: string }) => {
    process.exitCode = await (await import('../src/commands/explain.ts')).explain(config(), eventId, options)
  })

const keys = program.command('keys').description('games and their keys')
keys
  .command('list', { isDefault: true })
  .description('show every key, by the fingerprint of its hash')
  .action(async () => (await import('../src/commands/keys.ts')).keysList(config()))
keys
  .command('add')
  .description('make a key, and its game if it is new; the key is shown once')
  .requiredOption('--game <game>', 'lower-case letters, digits, - and _', game)
  .requiredOption('--kind <kind>', 'write (may only send) or admin (may read and manage)', kind)
  .option('--label <label>', 'what the key is for, to tell it from others in the list', 'default')
  .action(async (options) => (await import('../src/commands/keys.ts')).keysAdd(config(), options))
keys
  .command('revoke <fingerprint>')
  .description('take a key out of force; works within seconds')
  .action(async (fingerprint) => {
    process.exitCode = await (await import('../src/commands/keys.ts')).keysRevoke(config(), fingerprint)
  })

const deadLetters = program.command('dead-letters').description('batches that were given up on, and kept')
deadLetters
  .command('list', { isDefault: true })
  .description('show them with the last error')
  .action(async () => (await import('../src/commands/dead-letters.ts')).deadLettersList(config()))
deadLetters
  .command('retry')
  .description('put all of them back into the queue')
  .action(async () => (await import('../src/commands/dead-letters.ts')).deadLettersRetry(config()))

const rollups = program
  .command('rollups')
  .description('what answers are read from, folded from stored events')
rollups
  .command('rebuild')
  .description('make them anew from the stored events; readers and senders go on meanwhile')
  .option('--from <day>', 'only what days from this one on hold (YYYY-MM-DD, UTC), and their players', day)
  .option('--to <day>', 'up to this day, which is included', day)
  .action(async (options) => {
    process.exitCode = await (await import('../src/commands/rollups.ts')).rollupsRebuild(config(), options)
  })

const rejections = program.command('rejections').description('rejected events: why, and once more')
const ofGame = (command: Command) =>
  command
    .option('--game <game>', 'whose events they are', game, FIRST_GAME)
    .option('--url <url>', 'the server (default: HOST and PORT)')
    .option('--key <key>', 'an admin key (default: PLAYTRACE_ADMIN_KEY, or the key in the data folder)')
ofGame(rejections.command('list', { isDefault: true }))
  .description('show them by reason, name and app_version')
  .action(async (options) =>
    (await import('../src/commands/rejections.ts')).rejectionsList(config(), options),
  )
ofGame(rejections.command('show <rejection_id>'))
  .description('show one in full')
  .action(async (id, options) =>
    (await import('../src/commands/rejections.ts')).rejectionsShow(config(), id, options),
  )
ofGame(rejections.command('replay [rejection_ids...]'))
  .description('send them again as new events; replaying twice stores once')
  .option('--reason <reason>', 'instead of ids: all of this reason that were not replayed yet')
  .option('--name <name>', 'of these, those of this name')
  .option('--app-version <version>', 'of these, those of this app_version')
  .option('--from <pointer>', 'a field or property to rename, such as /lvl or /properties/lvl')
  .option('--to <pointer>', 'its new place, such as /properties/level')
  .action(async (ids, options) => {
    process.exitCode = await (await import('../src/commands/rejections.ts')).rejectionsReplay(
      config(),
      ids,
      options,
    )
  })

async function serverOf(options: ServerOptions) {
  return (await import('../src/commands/connections.ts')).serverOf(config(), options)
}

try {
  await program.parseAsync()
} catch (error) {
  // What the person at the terminal can mend is told in a sentence; a defect shows where it happened.
  console.error(error instanceof ConfigError ? error.message : error)
  process.exit(1)
}
