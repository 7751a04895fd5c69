// One chaos run: clients send, faults come one after the other, then everything is drained and accounted for.
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

/** Longest time after a fault until a client gets something acknowledged again; more is not recovery. */
const RECOVERY_MS_MAX = 120_000
const DRAIN_MS_MAX = 180_000
/** A batch that is not stored by then is waiting for workers that still start: what stores again is not the fault's end. */
const STORING_MS_MAX = 500
/** So that faults meet the system at any moment of its recovery from the one before. */
const PAUSE_MS_MAX = 300

export interface ChaosOptions {
  queue: QueueKind
  faults: number
  seed: number
  /** Only these kinds of fault. */
  only?: string[] | undefined
  /** Ends the faults early; what was sent is accounted for all the same. */
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
  /** Kept where something is wrong. */
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

/** What makes the run a failure, a sentence each. */
export function failures(ledger: Ledger, account: Account): string[] {
  const { lost, duplicated, unknown, deadLetters, quarantined } = account
  const counted = {
    'acknowledged events are lost': lost.length,
    'events are stored more than once': duplicated.length,
    'events are stored that were never sent': unknown.length,
    'batches were given up on': deadLetters,
    'good events are in quarantine': quarantined,
  }
  const sentences = Object.entries(counted).flatMap(([what, count]) =>
    count > 0 ? [`${count} ${what}.`] : [],
  )
  return [...sentences, ...new Set(ledger.problems)]
}

/** Returns when every client has everything acknowledged. */
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
    throw new Error(`The run broke off. What the system printed: ${system.logFile}`, { cause })
  } finally {
    await clients.finish()
  }
  return { injected, notRun }
}

/** Returns when the system has recovered: never two faults without progress in between. */
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

/** A system that is down all the time proves nothing. */
export async function recovered(ledger: Ledger): Promise<void> {
  const before = ledger.acknowledged()
  await until(() => ledger.acknowledged() > before, RECOVERY_MS_MAX)
}

async function pauseByChance(random: Random): Promise<void> {
  await wait(random.whole(0, PAUSE_MS_MAX))
}

/** Until no batch is left in the queue; what is missing then is lost. */
export async function drain(system: ChaosSystem, ledger: Ledger): Promise<void> {
  await until(async () => {
    const counts = await queueCounts(await system.queueUrl()).catch(() => undefined)
    return counts?.open === 0
  }, DRAIN_MS_MAX).catch((error: Error) => ledger.problems.push(`The queue does not drain. ${error.message}`))
}
