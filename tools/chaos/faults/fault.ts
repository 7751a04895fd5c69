// The type of a fault, and helpers for injecting one.
import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../../../src/simulation/random.ts'
import type { ChaosSystem } from '../system.ts'

export interface Fault {
  /** The name in the table. */
  name: string
  /** A slow fault is injected only in one of this many rounds. If absent, it is injected in every round. */
  everyRounds?: number
  /** A very slow fault is injected once per this many faults, and not in a short run. */
  everyFaults?: number
  /** If true, the time until rows are stored again is measured too. */
  isOfDatabase?: boolean
  /** Returns the reason why the fault cannot be injected in this system, or undefined if it can. */
  whyNot?: (system: ChaosSystem) => string | undefined
  /**
   * Injects the fault, holds it for a random time or until `stop` is aborted, and ends it. After that, the system recovers.
   * @throws Missed
   */
  inject: (system: ChaosSystem, random: Random, stop: AbortSignal) => Promise<void>
}

/** The fault could not be injected and does not count. */
export class Missed extends Error {}

export const needsRedis = ({ redis }: ChaosSystem) => (redis ? undefined : 'the queue is not on Redis')

export async function hold(ms: number, stop: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal: stop }).catch(() => {})
}

export function oneOf<T>(random: Random, choices: T[]): T {
  const choice = choices[random.whole(0, choices.length - 1)]
  if (choice === undefined) throw new Error('The list of choices is empty.')
  return choice
}
