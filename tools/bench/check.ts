// `npm run bench -- check`: is this commit slower than the one that the baseline was recorded on?
import { table } from '../chaos/table.ts'
import { compareFigures, readBaseline, writeBaseline } from './baseline.ts'
import { withBench } from './bench.ts'
import { otherCores } from './compare.ts'
import { commitOf, machine } from './print.ts'
import { measureRounds, type RoundsOptions } from './rounds.ts'
import { type Figures, ROWS } from './rows.ts'
import { median } from './statistics.ts'

export interface CheckOptions extends Omit<RoundsOptions, 'rows'> {
  record: boolean
  /** The baseline's file. */
  baseline: string
}

/** README.md has the repeated measurements that justify it. */
const TOLERANCE = 0.1
/** The repeated measurements were made with less than this. */
const OTHER_CORES_MAX = 0.25
const CEILING = 'ceiling'
const MEASURED = ['pg-1', 'pg-50', 'redis-1', 'redis-50']

/** Of a row and of the ceiling in the same round. More is better. */
const FIGURES: Record<string, (row: Figures, ceiling: Figures) => number> = {
  'events/s ÷ ceiling': (row, ceiling) => row.eventsPerSecond / ceiling.eventsPerSecond,
  'ceiling’s CPU ÷ CPU': (row, ceiling) => cpuOf(ceiling) / cpuOf(row),
}

/** @returns the exit code: 1 if a figure fell by more than the tolerance */
export async function check(options: CheckOptions): Promise<number> {
  const { checkout, record, baseline: file, events } = options
  const rows = ROWS.filter(({ id }) => [CEILING, ...MEASURED].includes(id))
  const here = { machine: machine(), measured: JSON.stringify({ rows, events }) }
  const baseline = record ? undefined : await readBaseline(file, here)
  const rounds = await withBench(options, (bench) => measureRounds(bench, { ...options, rows }))
  const values: Record<string, number[]> = {}
  for (const id of MEASURED) {
    for (const [name, read] of Object.entries(FIGURES)) {
      values[`${id}: ${name}`] = rounds.map((round) => read(round[id] as Figures, round[CEILING] as Figures))
    }
  }
  const medians = Object.fromEntries(Object.entries(values).map(([name, all]) => [name, median(all)]))
  const commit = commitOf(checkout)
  const others = otherCores(rounds)
  console.log(
    `Commit ${commit}; ${rounds.length} interleaved rounds; other programs kept ${others.toFixed(2)} cores busy.`,
  )
  if (others > OTHER_CORES_MAX) {
    console.log('The machine is too busy for a reliable result. End other programs and repeat the check.')
  }
  if (!baseline) {
    await writeBaseline(file, { ...here, commit, date: new Date().toISOString(), figures: medians })
    console.log(`\n${figuresTable(values, {})}\n\nRecorded as the baseline in ${file}.`)
    return 0
  }
  const compared = compareFigures(baseline.figures, medians, TOLERANCE)
  console.log(`Baseline: commit ${baseline.commit}, ${baseline.date}.\n\n${figuresTable(values, compared)}`)
  const isWorse = Object.values(compared).some((one) => one.isWorse)
  if (isWorse) console.log(`\nAt least one figure is more than ${(TOLERANCE * 100).toFixed(0)} % below the baseline.`)
  return isWorse ? 1 : 0
}

function cpuOf({ cpu }: Figures): number {
  return cpu.api + cpu.worker + cpu.database + cpu.redis
}

/** Every round, so that a reader sees how much the rounds differ. */
function figuresTable(values: Record<string, number[]>, compared: Partial<ReturnType<typeof compareFigures>>): string {
  const [first = []] = Object.values(values)
  return table(
    ['', ...first.map((_, index) => `round ${index + 1}`), 'median', 'baseline', 'change', ''],
    Object.entries(values).map(([name, all]) => {
      const one = compared[name]
      const change = one ? `${(one.change * 100).toFixed(1)} %` : ''
      const verdict = one ? (one.isWorse ? 'WORSE' : 'ok') : ''
      const cells = [...all, median(all)].map((value) => value.toFixed(3))
      return [name, ...cells, one?.before.toFixed(3) ?? '', change, verdict]
    }),
  )
}
