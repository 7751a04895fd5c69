// `npm run bench`: how fast Playtrace is, by what stands next to it in the same run. bench/README.md says what is measured.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, type CommandOptions, InvalidArgumentError, Option } from 'commander'
import { type BacklogOptions, backlog } from './backlog.ts'
import { type CheckOptions, check } from './check.ts'
import { compare } from './compare.ts'
import { type GrowthOptions, growth } from './growth/growth.ts'
import { WAVES_FILE } from './load/event-source.ts'
import type { DataKind } from './load/plan.ts'
import { type QueriesOptions, queries } from './queries/queries.ts'
import { CEILING_ROWS } from './rows/ceiling-rows.ts'
import { BUILT_ROWS, FASTIFY_ROW } from './rows/other-rows.ts'
import { PLAYTRACE_ROWS } from './rows/playtrace-rows.ts'
import { ROLLUP_ROWS } from './rows/rollup-rows.ts'
import { type ScaleOptions, scale } from './scale.ts'

const ROWS = [...CEILING_ROWS, ...BUILT_ROWS, FASTIFY_ROW, ...PLAYTRACE_ROWS, ...ROLLUP_ROWS]
const MILLION = 1_000_000

interface DirOption {
  dir?: string
}

const program = new Command('npm run bench --').showHelpAfterError()
const command = (name: string, options?: CommandOptions) =>
  program
    .command(name, options)
    .option('--dir <folder>', 'where the data folder is made, on the disk to be measured')
    .option('--seed <number>', 'of the events and of the rows’ orders', whole, 1)

command('compare', { isDefault: true })
  .description('the ceiling, what is commonly built, and Playtrace, in interleaved rounds')
  .option('--rounds <count>', 'how often each row is run', whole, 5)
  .option('--events <count>', 'of each row in each round (default: several seconds’ worth)', whole)
  .addOption(new Option('--only <row...>', 'only these').choices(ROWS.map(({ id }) => id)))
  .addOption(new Option('--data <kind>', 'which events').choices(['game', 'waves']).default('game'))
  .option('--cpu-prof <folder>', 'have Playtrace’s processes leave CPU profiles there')
  .action(async (options: CompareCommand) => {
    const { rounds, events, only, data, seed, dir, cpuProf } = options
    if (data === 'waves' && !existsSync(WAVES_FILE)) program.error(`There is no ${WAVES_FILE}.`)
    await compare({
      rows: ROWS.filter(({ id }) => !only || only.includes(id)),
      rounds,
      events,
      data,
      seed,
      dir,
      profilesDir: cpuProf && resolve(cpuProf),
      extras: only === undefined,
    })
  })

interface CompareCommand extends DirOption {
  rounds: number
  events?: number
  only?: string[]
  data: DataKind
  seed: number
  cpuProf?: string
}

command('growth')
  .description('the same load, and the reading routes, after so many rows are in the table')
  .option(
    '--rows <millions>',
    'sizes of the table, in millions',
    millions,
    [1, 5, 20].map((n) => n * MILLION),
  )
  .option('--rounds <count>', 'at each size', whole, 5)
  .option('--events <count>', 'of each round', whole, 100_000)
  .action(({ rows, rounds, events, seed, dir }: DirOption & Omit<GrowthOptions, 'dir'>) =>
    growth({ rows, rounds, events, seed, dir }),
  )

command('scale')
  .description('1, 2 and 4 API and worker processes, and what the bottleneck was')
  .option('--rounds <count>', 'how often each row is run', whole, 5)
  .option('--events <count>', 'of each row in each round (default: several seconds’ worth)', whole)
  .action(({ rounds, events, seed, dir }: DirOption & Omit<ScaleOptions, 'dir'>) =>
    scale({ rounds, events, seed, dir }),
  )

command('backlog')
  .description('memory while a worker drains what was enqueued without one')
  .option('--events <count>', 'enqueued', whole, MILLION)
  .action(({ events, seed, dir }: DirOption & Omit<BacklogOptions, 'dir'>) => backlog({ events, seed, dir }))

command('queries')
  .description('how long the dashboard’s queries take, on 60 days of a game')
  .option('--events <count>', 'of the game', whole, 10 * MILLION)
  .option('--players <count>', 'of the game', whole, 200_000)
  .option('--requests <count>', 'of each query', whole, 40)
  .action(async ({ events, players, requests, dir }: DirOption & Omit<QueriesOptions, 'dir'>) => {
    process.exitCode = await queries({ events, players, requests, dir })
  })

command('check')
  .description('a few ratios against those that are recorded; under a minute')
  .option('--record', 'record them anew', false)
  .action(async ({ record, seed, dir }: DirOption & Omit<CheckOptions, 'dir'>) => {
    process.exitCode = await check({ record, seed, dir })
  })

await program.parseAsync()

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('It is a whole number above 0.')
}

function millions(text: string): number[] {
  const sizes = text.split(',').map((size) => Number(size) * MILLION)
  if (sizes.every((size) => size > 0)) return sizes.map(Math.round).sort((a, b) => a - b)
  throw new InvalidArgumentError('Sizes are numbers above 0, such as 1,5,20.')
}
