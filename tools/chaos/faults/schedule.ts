// Schedules the faults by the seed. They come in rounds, so that all kinds are equally frequent, except for slow ones.
import type { Random } from '../../../src/simulation/random.ts'
import type { ChaosSystem } from '../system.ts'
import { CUTS } from './cuts.ts'
import type { Fault } from './fault.ts'
import { FREEZES } from './freezes.ts'
import { KILLS } from './kills.ts'
import { REFUSALS } from './refusals.ts'

export const FAULTS: Fault[] = [...KILLS, ...FREEZES, ...CUTS, ...REFUSALS]

/** A run with fewer faults than this has no fault that takes a minute, unless `names` contains it. */
const LONG_RUN_FAULTS_MIN = 100

export interface Schedule {
  faults: Fault[]
  notRun: { name: string; why: string }[]
}

/** @param names only these kinds, all equally frequent; undefined means all kinds */
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
  if (names) return { faults: inRounds(possible, () => true, random, count), notRun }

  const rare = count < LONG_RUN_FAULTS_MIN ? [] : possible.flatMap((fault) => rareOnes(fault, count))
  const regular = possible.filter(({ everyFaults }) => everyFaults === undefined)
  const firstRound = new Map(regular.map((fault) => [fault, random.whole(0, (fault.everyRounds ?? 1) - 1)] as const))
  const isDue = (fault: Fault, round: number) => round % (fault.everyRounds ?? 1) === firstRound.get(fault)
  const faults = inRounds(regular, isDue, random, count - rare.length)
  for (const fault of rare) faults.splice(random.whole(0, faults.length), 0, fault)
  return { faults, notRun }
}

function rareOnes(fault: Fault, count: number): Fault[] {
  return fault.everyFaults === undefined
    ? []
    : Array.from({ length: Math.ceil(count / fault.everyFaults) }, () => fault)
}

function inRounds(
  faults: Fault[],
  isDue: (fault: Fault, round: number) => boolean,
  random: Random,
  count: number,
): Fault[] {
  const scheduled: Fault[] = []
  for (let round = 0; scheduled.length < count && faults.length > 0; round++) {
    const due = faults.filter((fault) => isDue(fault, round))
    scheduled.push(...shuffle(due, random))
  }
  return scheduled.slice(0, count)
}

function shuffle<T>(items: T[], random: Random): T[] {
  return items
    .map((item) => ({ item, rank: random.fraction() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
