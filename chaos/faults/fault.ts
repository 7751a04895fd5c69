// What a fault is.
import type { Random } from '../../src/simulation/random.ts'
import type { ChaosSystem } from '../system.ts'

export interface Fault {
  /** As the table shows it. */
  name: string
  /** Why it cannot be injected here; undefined where it can. */
  whyNot?: (system: ChaosSystem) => string | undefined
  /** Injects it, holds it as long as chance says, and takes it back: when this returns, only recovery is left. @throws Missed */
  inject: (system: ChaosSystem, random: Random) => Promise<void>
}

/** There was nothing to inject it into; it does not count. */
export class Missed extends Error {}

export const WITHOUT_REDIS = 'the queue is not on Redis'

export function oneOf<T>(random: Random, choices: T[]): T {
  const choice = choices[random.whole(0, choices.length - 1)]
  if (choice === undefined) throw new Error('There is nothing to choose from.')
  return choice
}
