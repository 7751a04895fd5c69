// The baseline of `npm run bench -- check`, and the comparison with it.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Medians over the rounds, by what they say. More is better. */
export type Shares = Record<string, number>

export interface Baseline {
  machine: string
  commit: string
  date: string
  /** What was measured, as JSON: a baseline of other rows or of another number of events is not comparable. */
  measured: string
  shares: Shares
}

export async function writeBaseline(file: string, baseline: Baseline): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(baseline, null, 2)}\n`)
}

/** @throws with a sentence if there is no baseline, or if it is not comparable with `now` */
export async function readBaseline(
  file: string,
  now: Pick<Baseline, 'machine' | 'measured'>,
): Promise<Baseline> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(
      `There is no baseline in ${file}. Run "npm run bench -- check --record" on the commit before.`,
    )
  })
  const baseline = JSON.parse(text) as Baseline
  if (baseline.machine !== now.machine) {
    throw new Error(
      `The baseline was recorded on another machine (${baseline.machine}; this one is ${now.machine}). Record one here.`,
    )
  }
  if (baseline.measured !== now.measured) {
    throw new Error('The baseline was recorded with other rows or another number of events. Record it again.')
  }
  return baseline
}

export interface Comparison {
  what: string
  before: number
  now: number
  /** `now` ÷ `before` − 1 */
  change: number
  isWorse: boolean
}

/** @param tolerance the largest fall that is accepted, as a share */
export function compareShares(before: Shares, now: Shares, tolerance: number): Comparison[] {
  return Object.entries(before).map(([what, share]) => {
    const measured = now[what] ?? Number.NaN
    const change = measured / share - 1
    // Written so that a figure that is not a number counts as worse.
    return { what, before: share, now: measured, change, isWorse: !(change >= -tolerance) }
  })
}
