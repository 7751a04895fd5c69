// Which fault comes when: by the seed, and every kind as often as the others.
import type { Random } from '../../src/simulation/random.ts'
import type { ChaosSystem } from '../system.ts'
import { CUTS } from './cuts.ts'
import type { Fault } from './fault.ts'
import { FREEZES } from './freezes.ts'
import { KILLS } from './kills.ts'
import { REFUSALS } from './refusals.ts'

export const FAULTS: Fault[] = [...KILLS, ...FREEZES, ...CUTS, ...REFUSALS]

export interface Schedule {
  faults: Fault[]
  notRun: { name: string; why: string }[]
}

/** @param names only these kinds; all where undefined */
export function scheduleFaults(
  system: ChaosSystem,
  random: Random,
  count: number,
  names: string[] | undefined,
): Schedule {
  const chosen = FAULTS.filter(({ name }) => names?.includes(name) ?? true)
  const notRun = chosen.flatMap(({ name, whyNot }) => {
    const why = whyNot?.(system)
    return why === undefined ? [] : [{ name, why }]
  })
  const possible = chosen.filter(({ whyNot }) => whyNot?.(system) === undefined)
  const faults: Fault[] = []
  while (faults.length < count && possible.length > 0) faults.push(...shuffle(possible, random))
  return { faults: faults.slice(0, count), notRun }
}

function shuffle<T>(items: T[], random: Random): T[] {
  return items
    .map((item) => ({ item, rank: random.fraction() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
