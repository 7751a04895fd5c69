// `npm run bench`: how fast Playtrace is, by what stands next to it in the same run. bench/README.md says what is measured.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { compare } from './compare.ts'
import { WAVES_FILE } from './load/event-source.ts'
import type { DataKind } from './load/plan.ts'
import { CEILING_ROWS } from './rows/ceiling-rows.ts'
import { BUILT_ROWS, FASTIFY_ROW } from './rows/other-rows.ts'
import { PLAYTRACE_ROWS } from './rows/playtrace-rows.ts'

const ROWS = [...CEILING_ROWS, ...BUILT_ROWS, FASTIFY_ROW, ...PLAYTRACE_ROWS]

const program = new Command('npm run bench --')
  .description('measure the ceiling, what is commonly built, and Playtrace, in interleaved rounds')
  .option('--rounds <count>', 'how often each row is run', whole, 5)
  .option('--events <count>', 'of each row in each round (default: several seconds’ worth)', whole)
  .addOption(new Option('--only <row...>', 'only these').choices(ROWS.map(({ id }) => id)))
  .addOption(new Option('--data <kind>', 'which events').choices(['game', 'waves']).default('game'))
  .option('--seed <number>', 'of the events and of the rows’ orders', whole, 1)
  .option('--dir <folder>', 'where the data folder is made, on the disk to be measured')
  .option('--cpu-prof <folder>', 'have Playtrace’s processes leave CPU profiles there')
  .showHelpAfterError()
  .action(async (options: BenchOptions) => {
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

interface BenchOptions {
  rounds: number
  events?: number
  only?: string[]
  data: DataKind
  seed: number
  dir?: string
  cpuProf?: string
}

await program.parseAsync()

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('It is a whole number above 0.')
}
