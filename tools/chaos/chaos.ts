// One chaos run: clients send while faults are injected one after the other. Then the queue drains and the account is taken.
import { setTimeout as wait } from 'node:timers/promises'
import { type Random, randomStream } from '../../src/simulation/random.ts'
import { until } from '../../test/until.ts'
import { type Account, queueCounts, takeAccount, untilStoring } from './account.ts'
import { startClients } from './client.ts'
import { compareRollups } from './compare-rollups.ts'
import { type Fault, Missed } from './faults/fault.ts'
import { scheduleFaults } from './faults/schedule.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { type ChaosSystem, type QueueKind, startChaosSystem } from './system.ts'

/** The run fails if no client has an event acknowledged within this time after a fault. */
const RECOVERY_MS_MAX = 120_000
const DRAIN_MS_MAX = 180_000
/** If nothing is stored within this time before a fault, the workers are still starting, so the time until rows are stored
 * again is not measured. */
const STORING_MS_MAX = 500
/** Pauses are random, so that a fault can hit the system at any moment of its recovery from the previous one. */
const PAUSE_MS_MAX = 300

export interface ChaosOptions {
  queue: QueueKind
  faults: number
  seed: number
  /** Only these kinds of fault. */
  only?: string[] | undefined
  /** Ends the faults early. The account is still taken. */
  stop: AbortSignal
  onProgress?: (progress: Progress) => void
}

export interface Progress {
  injected: number
  fault: string
  ledger: Ledger
}

export interface ChaosResult {
  ledger: Ledger
  account: Account
  notRun: { name: string; why: string }[]
  seconds: number
  /** The output of the system. It is deleted if the run succeeds. */
  logFile: string
}

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const startedMs = performance.now()
  const system = await startChaosSystem(options.queue)
  let isClean = false
  try {
    const ledger = openLedger()
    const { injected, notRun } = await sendThroughFaults(system, ledger, options)
    options.onProgress?.({ injected, fault: 'draining', ledger })
    await drain(system, ledger)
    ledger.problems.push(...(await compareRollups(await system.databaseUrl())))
    const account = await takeAccount(await system.databaseUrl(), await system.queueUrl(), ledger.sent)
    isClean = failures(ledger, account).length === 0
    const seconds = (performance.now() - startedMs) / 1000
    return { ledger, account, notRun, seconds, logFile: system.logFile }
  } finally {
    await system.stop({ keepFiles: !isClean })
  }
}

/** The reasons why the run failed, one sentence each. */
export function failures(ledger: Ledger, account: Account): string[] {
  const { lost, duplicated, unknown, deadLetters, quarantined } = account
  const counted = {
    'acknowledged events are lost': lost.length,
    'events are stored more than once': duplicated.length,
    'events are stored that were never sent': unknown.length,
    'batches are dead letters': deadLetters,
    'valid events are in quarantine': quarantined,
  }
  const sentences = Object.entries(counted).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}.`] : []))
  return [...sentences, ...new Set(ledger.problems)]
}

/** Returns when every client has all its events acknowledged. */
async function sendThroughFaults(system: ChaosSystem, ledger: Ledger, options: ChaosOptions) {
  const { seed, faults: count, only } = options
  const random = randomStream(seed, 0)
  const { faults, notRun } = scheduleFaults(system, random, count, only)
  const clients = startClients(system, ledger, seed)
  let injected = 0
  try {
    await recovered(ledger)
    for (const fault of faults) {
      if (options.stop.aborted) break
      options.onProgress?.({ injected, fault: fault.name, ledger })
      ledger.begin(fault.name)
      await injectOne(fault, system, ledger, random, options.stop)
      ledger.end()
      injected++
      await pauseByChance(random)
    }
  } catch (cause) {
    clients.giveUp()
    throw new Error(`The run was aborted. The output of the system is in ${system.logFile}.`, { cause })
  } finally {
    await clients.finish()
  }
  return { injected, notRun }
}

/** Returns when the system has recovered, so that there is progress between two faults. */
async function injectOne(
  fault: Fault,
  system: ChaosSystem,
  ledger: Ledger,
  random: Random,
  stop: AbortSignal,
): Promise<void> {
  const wasStoring = fault.isOfDatabase && (await isStoring(system, STORING_MS_MAX))
  try {
    await fault.inject(system, random, stop)
  } catch (error) {
    if (!(error instanceof Missed)) throw error
    ledger.miss()
    return recovered(ledger)
  }
  ledger.over()
  const stores = async () => {
    await untilStoring(await system.databaseUrl(), RECOVERY_MS_MAX)
    if (wasStoring) ledger.storing()
  }
  await Promise.all([recovered(ledger), fault.isOfDatabase && stores()])
}

async function isStoring(system: ChaosSystem, timeoutMs: number): Promise<boolean> {
  return untilStoring(await system.databaseUrl(), timeoutMs).then(
    () => true,
    () => false,
  )
}

/** Resolves when another event is acknowledged. A system that is always down would prove nothing. */
export async function recovered(ledger: Ledger): Promise<void> {
  const before = ledger.acknowledged()
  await until(() => ledger.acknowledged() > before, RECOVERY_MS_MAX)
}

async function pauseByChance(random: Random): Promise<void> {
  await wait(random.whole(0, PAUSE_MS_MAX))
}

/** Waits until the queue is empty. Acknowledged events that are not stored by then are lost. */
export async function drain(system: ChaosSystem, ledger: Ledger): Promise<void> {
  await until(async () => {
    const counts = await queueCounts(await system.queueUrl()).catch(() => undefined)
    return counts?.open === 0
  }, DRAIN_MS_MAX).catch((error: Error) => ledger.problems.push(`The queue did not drain. ${error.message}`))
}
