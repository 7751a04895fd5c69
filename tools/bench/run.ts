// `npm run bench`: how fast Playtrace is beside PostgreSQL alone. README.md says what is measured and how.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type CheckOptions, check } from './check.ts'
import { compare } from './compare.ts'
import { type GrowthOptions, growth } from './growth.ts'
import { type QueriesOptions, queries } from './queries.ts'
import type { RoundsOptions } from './rounds.ts'
import { ROWS } from './rows.ts'

const HERE = fileURLToPath(new URL('../../', import.meta.url))
const MILLION = 1_000_000

const program = new Command('npm run bench --').showHelpAfterError()
const command = (name: string) =>
  program
    .command(name, { isDefault: name === 'compare' })
    .option('--checkout <folder>', 'the checkout to measure', (path) => resolve(path), HERE)
    .option('--dir <folder>', 'where the data folders are made, on the disk to measure')
    .option('--seed <number>', 'of the events and of the order of the rows', whole, 1)

command('compare')
  .description('PostgreSQL alone and Playtrace, in interleaved rounds')
  .option('--rounds <count>', 'how often each row is measured', whole, 5)
  .option('--events <count>', 'of each row in each round (default: its own number)', whole)
  .addOption(new Option('--only <row...>', 'only these rows').choices(ROWS.map(({ id }) => id)))
  .action(({ only, ...options }: Omit<RoundsOptions, 'rows'> & { only?: string[] }) =>
    compare({ ...options, rows: ROWS.filter(({ id }) => !only || only.includes(id)) }),
  )

command('growth')
  .description('throughput and reading times as the table grows')
  .option(
    '--sizes <millions>',
    'events in the table, in millions',
    millions,
    [1, 5, 20].map((n) => n * MILLION),
  )
  .option('--rounds <count>', 'at each size', whole, 5)
  .option('--events <count>', 'of each round', whole, 100_000)
  .option('--requests <count>', 'to each reading route at each size', whole, 30)
  .action((options: GrowthOptions) => growth(options))

command('queries')
  .description('p95 of each report and reading route on a large table')
  .option('--events <count>', 'in the table', whole, 10 * MILLION)
  .option('--requests <count>', 'to each route', whole, 40)
  .action(async (options: QueriesOptions) => {
    process.exitCode = await queries(options)
  })

command('check')
  .description('exits with 1 if this commit is slower than another checkout')
  .requiredOption('--against <folder>', 'the checkout to compare with', (path) => resolve(path))
  .option('--rounds <count>', 'how often each row is measured', whole, 5)
  .option('--events <count>', 'of each row in each round (default: its own number)', whole)
  .action(async (options: CheckOptions) => {
    process.exitCode = await check(options)
  })

await program.parseAsync()

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('It must be a whole number above 0.')
}

function millions(text: string): number[] {
  const sizes = text.split(',').map((size) => Math.round(Number(size) * MILLION))
  if (sizes.every((size) => size > 0)) return sizes.sort((a, b) => a - b)
  throw new InvalidArgumentError('Sizes must be numbers above 0, such as 1,5,20.')
}
