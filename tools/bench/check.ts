// `npm run bench -- check`: is this commit slower than the one that the baseline was recorded on?
import { table } from '../../chaos/table.ts'
import { compareShares, readBaseline, type Shares, writeBaseline } from './baseline.ts'
import { withBench } from './bench.ts'
import { otherCores, ratios } from './compare.ts'
import { commitOf, machine } from './print.ts'
import { measureRounds, type Round, type RoundsOptions } from './rounds.ts'
import { ROWS } from './rows.ts'
import { median } from './statistics.ts'

export interface CheckOptions extends Omit<RoundsOptions, 'rows'> {
  record: boolean
  /** The baseline's file. */
  baseline: string
}

/** Justified by repeated runs of one commit: README.md has them. */
const TOLERANCE = 0.15
const MEASURED = ['pg-1', 'pg-50', 'redis-1', 'redis-50']
const CEILING = 'ceiling'

/** @returns the exit code: 1 if a share fell by more than the tolerance */
export async function check(options: CheckOptions): Promise<number> {
  const { checkout, record, baseline: file, events } = options
  const rows = ROWS.filter(({ id }) => [CEILING, ...MEASURED].includes(id))
  const here = { machine: machine(), measured: JSON.stringify({ rows, events }) }
  const baseline = record ? undefined : await readBaseline(file, here)
  const rounds = await withBench(options, (bench) => measureRounds(bench, { ...options, rows }))
  const commit = commitOf(checkout)
  console.log(`Commit ${commit}: medians of ${rounds.length} interleaved rounds. ${otherCores(rounds)}\n`)
  console.log(roundsTable(rounds))
  const shares = sharesOf(rounds)
  if (!baseline) {
    await writeBaseline(file, { ...here, commit, date: new Date().toISOString(), shares })
    console.log(`\nRecorded as the baseline in ${file}.`)
    return 0
  }
  const compared = compareShares(baseline.shares, shares, TOLERANCE)
  console.log(`\nBaseline: commit ${baseline.commit}, ${baseline.date}\n`)
  console.log(
    table(
      ['share of the ceiling', 'baseline', 'now', 'change', ''],
      compared.map(({ what, before, now, change, isWorse }) => [
        what,
        before.toFixed(3),
        now.toFixed(3),
        `${(change * 100).toFixed(1)} %`,
        isWorse ? 'WORSE' : 'ok',
      ]),
    ),
  )
  const isWorse = compared.some((one) => one.isWorse)
  if (isWorse) console.log(`\nAt least one share is more than ${TOLERANCE * 100} % below the baseline.`)
  return isWorse ? 1 : 0
}

function sharesOf(rounds: Round[]): Shares {
  return Object.fromEntries(MEASURED.map((id) => [id, median(ratios(rounds, id, CEILING))]))
}

/** Every round, so that a reader sees how much they differ. */
function roundsTable(rounds: Round[]): string {
  const cells = (id: string, values: number[], decimals: number) => [
    id,
    ...values.map((value) => value.toFixed(decimals)),
  ]
  return table(
    ['', ...rounds.map((_, index) => `round ${index + 1}`)],
    [
      cells(
        'ceiling, events/s',
        rounds.map((round) => round[CEILING]?.eventsPerSecond ?? Number.NaN),
        0,
      ),
      ...MEASURED.map((id) => cells(`${id} ÷ ceiling`, ratios(rounds, id, CEILING), 3)),
      ...MEASURED.map((id) =>
        cells(
          `${id} ack p99 ÷ p50`,
          rounds.map((round) => ackRatio(round, id)),
          2,
        ),
      ),
      ...MEASURED.map((id) =>
        cells(
          `${id} CPU ÷ ceiling`,
          rounds.map((round) => cpuRatio(round, id)),
          2,
        ),
      ),
    ],
  )
}

function ackRatio(round: Round, id: string): number {
  return (round[id]?.ackP99 ?? Number.NaN) / (round[id]?.ackP50 ?? Number.NaN)
}

function cpuRatio(round: Round, id: string): number {
  const total = (row: string) => {
    const cpu = round[row]?.cpu
    return cpu ? cpu.api + cpu.worker + cpu.database + cpu.redis : Number.NaN
  }
  return total(id) / total(CEILING)
}
