// The baseline of `npm run bench -- check`, and the comparison with it.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface Baseline {
  machine: string
  commit: string
  date: string
  /** What was measured, as JSON: a baseline of other rows or of another number of events is not comparable. */
  measured: string
  /** Medians over the rounds, by their names. More is better. */
  figures: Record<string, number>
}

/** Its message is all that the user needs. */
export class BaselineError extends Error {}

export async function writeBaseline(file: string, baseline: Baseline): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(baseline, null, 2)}\n`)
}

/** @throws BaselineError if there is no baseline, or if it is not comparable with `now` */
export async function readBaseline(file: string, now: Pick<Baseline, 'machine' | 'measured'>): Promise<Baseline> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new BaselineError(
      `There is no baseline in ${file}. Run "npm run bench -- check --record" on the commit before.`,
    )
  })
  const baseline = JSON.parse(text) as Baseline
  if (baseline.machine !== now.machine) {
    throw new BaselineError(
      `The baseline was recorded on another machine (${baseline.machine}; this one is ${now.machine}). Record one here.`,
    )
  }
  if (baseline.measured !== now.measured) {
    throw new BaselineError('The baseline was recorded with other rows or another number of events. Record it again.')
  }
  return baseline
}

interface Comparison {
  before: number
  /** The figure of now ÷ `before` − 1. */
  change: number
  isWorse: boolean
}

/** @param tolerance the largest fall that is accepted, as a share */
export function compareFigures(
  before: Baseline['figures'],
  now: Baseline['figures'],
  tolerance: number,
): Record<string, Comparison> {
  const compared = Object.entries(before).map(([name, figure]): [string, Comparison] => {
    const change = (now[name] ?? Number.NaN) / figure - 1
    // Written so that a figure that was not measured counts as worse.
    return [name, { before: figure, change, isWorse: !(change >= -tolerance) }]
  })
  return Object.fromEntries(compared)
}
