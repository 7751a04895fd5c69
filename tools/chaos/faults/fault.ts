// What a fault is.
import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../../../src/simulation/random.ts'
import type { ChaosSystem } from '../system.ts'

export interface Fault {
  /** As the table shows it. */
  name: string
  /** Slow ones come in one round of so many; every round where absent. */
  everyRounds?: number
  /** Longer than many others together: once in so many faults, and not in a short run. */
  everyFaults?: number
  /** It is timed until rows are visible again, too. */
  isOfDatabase?: boolean
  /** Why it cannot be injected here; undefined where it can. */
  whyNot?: (system: ChaosSystem) => string | undefined
  /**
   * Injects it, holds it as long as chance says, or until the run is to end, and takes it back: when this returns, only
   * recovery is left.
   * @throws Missed
   */
  inject: (system: ChaosSystem, random: Random, stop: AbortSignal) => Promise<void>
}

/** There was nothing to inject it into; it does not count. */
export class Missed extends Error {}

export const needsRedis = ({ redis }: ChaosSystem) => (redis ? undefined : 'the queue is not on Redis')

export async function hold(ms: number, stop: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal: stop }).catch(() => {})
}

export function oneOf<T>(random: Random, choices: T[]): T {
  const choice = choices[random.whole(0, choices.length - 1)]
  if (choice === undefined) throw new Error('There is nothing to choose from.')
  return choice
}
