// The database is gone for some seconds, under load: nothing that was acknowledged is lost, everything goes on by itself when
// it is back, and with the queue on Redis the API accepts all the while. The full minute: `npm run chaos -- --only "database
// stopped for a minute" --faults 2`.
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { takeAccount, untilStoring } from '../../tools/chaos/account.ts'
import { drain, failures, recovered } from '../../tools/chaos/chaos.ts'
import { startClients } from '../../tools/chaos/client.ts'
import { stopReaching } from '../../tools/chaos/faults/refusals.ts'
import { openLedger } from '../../tools/chaos/ledger.ts'
import { type ChaosSystem, type QueueKind, startChaosSystem } from '../../tools/chaos/system.ts'
import { onEnd } from '../on-end.ts'
import { findRedisServer } from '../redis-server.ts'

const STOPPED_MS = 8_000
/** Promised are 5 s; a machine that runs other things at the same time gets more, as it is no failure of ours. */
const RESUMES_MS_MAX = 15_000
const ACCEPTING_GAP_MS_MAX = STOPPED_MS / 2
const FAULT = 'database stopped'

// Side by side: both wait more than they work.
suite('a database that is stopped under load', { concurrency: true }, () => {
  test('the queue on PostgreSQL', (t) => stoppedCheck(t, 'postgres'))

  // Without a redis-server it is not run, and test/run.ts says so.
  if (findRedisServer()) test('the queue on Redis', (t) => stoppedCheck(t, 'redis'))
})

async function stoppedCheck(t: TestContext, queue: QueueKind): Promise<void> {
  const system = await startChaosSystem(queue)
  onEnd(t, () => system.stop({ keepFiles: false }))
  const ledger = openLedger()
  const clients = startClients(system, ledger, 1)
  onEnd(t, () => clients.giveUp())
  await recovered(ledger)
  const processes = await processesOf(system)

  const acknowledgedBefore = ledger.acknowledged()
  ledger.begin(FAULT)
  await stopReaching(system.proxies.database, STOPPED_MS, new AbortController().signal)
  const acknowledgedMeanwhile = ledger.acknowledged() - acknowledgedBefore
  ledger.over()
  await Promise.all([recovered(ledger), untilStoring(await system.databaseUrl(), RESUMES_MS_MAX)])
  ledger.end()
  assert.deepEqual(await processesOf(system), processes, 'nothing was restarted')

  const tally = ledger.faults.get(FAULT)
  assert.ok((tally?.slowestRecoveryMs ?? Number.NaN) < RESUMES_MS_MAX, `resumed after ${tally?.slowestRecoveryMs} ms`)
  if (queue === 'redis') {
    assert.ok(acknowledgedMeanwhile > 0)
    assert.ok((tally?.longestGapMs ?? Number.NaN) < ACCEPTING_GAP_MS_MAX, `a pause of ${tally?.longestGapMs} ms`)
  }

  await clients.finish()
  await drain(system, ledger)
  const account = await takeAccount(await system.databaseUrl(), await system.queueUrl(), ledger.sent)
  assert.deepEqual(failures(ledger, account), [])
  assert.equal(account.stored, ledger.sent.size)
}

async function processesOf(system: ChaosSystem): Promise<number[]> {
  return [...(await system.processes('api')), ...(await system.processes('worker')), await system.postmaster()]
}
