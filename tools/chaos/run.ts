// `npm run chaos`: injects faults into a system of its own and verifies that every acknowledged event is stored once.
import { Command, InvalidArgumentError, Option } from 'commander'
import { progressBar, showProgress, stopOnSignal } from '../../src/client/terminal.ts'
import { failures, type Progress, runChaos } from './chaos.ts'
import { FAULTS } from './faults/schedule.ts'
import { report } from './report.ts'
import type { QueueKind } from './system.ts'

const SEED_MAX = 999_999
/** Without a terminal, a line of progress is printed this often. */
const PROGRESS_LINE_SECONDS = 30

const program = new Command('npm run chaos --')
  .description('start a system, inject faults into it, and compare the acknowledged with the stored events')
  .option('--faults <count>', 'number of faults', whole, 200)
  .addOption(new Option('--queue <kind>', 'server of the queue').choices(['postgres', 'redis']).default('postgres'))
  .option('--seed <number>', 'seed for the choice and order of the faults (default: random)', whole)
  .addOption(new Option('--only <fault...>', 'inject only these faults').choices(FAULTS.map(({ name }) => name)))
  .showHelpAfterError()
  .parse()

const { faults, queue, seed, only } = program.opts<{
  faults: number
  queue: QueueKind
  seed?: number
  only?: string[]
}>()
const chosenSeed = seed ?? 1 + Math.floor(Math.random() * SEED_MAX)
console.log(`Chaos: ${faults} faults, the queue on ${queue}, seed ${chosenSeed}`)

const interrupt = stopOnSignal(process)
let progress: Progress | undefined
let saidAtSeconds = Number.NEGATIVE_INFINITY
const bar = showProgress(process.stderr, () => {
  const injected = progress?.injected ?? 0
  const acknowledged = progress?.ledger.acknowledged() ?? 0
  return `${progressBar(injected, faults)} · ${injected}/${faults} · ${acknowledged} acknowledged · ${progress?.fault ?? 'starting'}`
})
try {
  const result = await runChaos({
    queue,
    faults,
    seed: chosenSeed,
    only,
    stop: interrupt.stop,
    onProgress: (now) => {
      progress = now
      if (process.stderr.isTTY) return
      const seconds = Math.round(performance.now() / 1000)
      if (seconds < saidAtSeconds + PROGRESS_LINE_SECONDS) return
      saidAtSeconds = seconds
      console.error(`${seconds} s: ${now.injected}/${faults}, ${now.ledger.acknowledged()} acknowledged: ${now.fault}`)
    },
  })
  bar.stop()
  console.log(`\n${report(result, { queue, seed: chosenSeed, faults, only })}`)
  if (failures(result.ledger, result.account).length > 0) process.exitCode = 1
} finally {
  bar.stop()
  interrupt.release()
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('Must be a whole number from 1 to 999999999.')
}
