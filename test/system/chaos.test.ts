// A short chaos run, the same each time, and proof that the account at its end sees what it is there to see.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomStream } from '../../src/simulation/random.ts'
import { foldWrites } from '../../src/storage/rollups/fold-writes.ts'
import { takeAccount } from '../../tools/chaos/account.ts'
import { failures, runChaos } from '../../tools/chaos/chaos.ts'
import { compareRollups } from '../../tools/chaos/compare-rollups.ts'
import { FAULTS, scheduleFaults } from '../../tools/chaos/faults/schedule.ts'
import { openLedger } from '../../tools/chaos/ledger.ts'
import { report } from '../../tools/chaos/report.ts'
import type { SmallDisk } from '../../tools/chaos/small-disk.ts'
import type { ChaosSystem } from '../../tools/chaos/system.ts'
import { batchWriter } from '../batch-writer.ts'
import { batchOf, storableEvents } from '../batches.ts'
import { openFreshDatabase } from '../stores.ts'

const OPTIONS = { queue: 'postgres', faults: 6, seed: 1, only: undefined } as const
const QUICK = [
  'kill -9 of an API process',
  'kill -9 of a worker',
  'client cut mid-request',
  'client cut before its answer',
  'database cut mid-COPY',
  'database cut before it confirms a commit',
]

test('six faults lose no event and store none twice', async () => {
  const { signal: stop } = new AbortController()
  const result = await runChaos({ queue: 'postgres', faults: QUICK.length, seed: 1, only: QUICK, stop })
  const text = report(result, OPTIONS)
  assert.deepEqual(failures(result.ledger, result.account), [], text)
  for (const name of QUICK) assert.equal(result.ledger.faults.get(name)?.injected, 1, name)
  assert.ok(result.ledger.acknowledged() > 0)
  assert.match(text, /0 lost, 0 duplicated, 0 stored but never sent/)
})

test('an event that is lost, stored twice or never sent fails the run', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  const [stored, twice, unknown] = storableEvents(3)
  assert.ok(stored && twice && unknown)
  // The same id at another time is another row: the defect that a wrong key for repeats would let through.
  const again = { ...twice, identified_at: '2026-11-23T00:00:00.000Z' }
  await write(batchOf([stored, twice, again, unknown]))
  const ledger = openLedger()
  const lost = crypto.randomUUID()
  ledger.send('a client', [stored.event_id, twice.event_id, lost])
  ledger.begin('a fault')
  ledger.acknowledge([stored.event_id, twice.event_id, lost], undefined)

  const account = await takeAccount(url, url, ledger.sent)
  assert.deepEqual(account.lost, [lost])
  assert.deepEqual(account.duplicated, [twice.event_id])
  assert.deepEqual(account.unknown, [unknown.event_id])
  assert.equal(failures(ledger, account).length, 3)
  const result = { ledger, account, notRun: [], seconds: 1, logFile: 'start.log' }
  assert.match(report(result, OPTIONS), /\| a fault +\| +1 \| +3 \| +1 \| +1 \|/)
})

test('rollups that differ from a rebuild are reported', async (t) => {
  const { url, database } = await openFreshDatabase(t)
  await batchWriter(database)(batchOf(storableEvents(3)))
  await foldWrites(database)
  assert.deepEqual(await compareRollups(url), [])
  await database.query('update playtrace.sessions set events = 4')
  assert.deepEqual(await compareRollups(url), ['The rollups in sessions differ from a rebuild.'])
  await database.query('delete from playtrace.players')
  assert.equal((await compareRollups(url))[0], 'There are no rollups.')
})

test('the same seed gives the same faults; what cannot be injected is named', () => {
  const system = { redis: undefined, disks: { database: 'no root', redis: 'no root' } } as ChaosSystem
  const schedule = (seed: number) => scheduleFaults(system, randomStream(seed, 0), 50, undefined)
  const names = (seed: number) => schedule(seed).faults.map(({ name }) => name)
  assert.deepEqual(names(5), names(5))
  assert.notDeepEqual(names(5), names(6))
  assert.ok(schedule(5).notRun.some(({ why }) => why === 'no root'))
})

test('in 1,000 faults every kind comes ten times, and what takes a minute twice', () => {
  const disk = {} as SmallDisk
  const disks = { database: disk, redis: disk }
  for (const system of [{ disks }, { disks, redis: {} }] as ChaosSystem[]) {
    const { faults, notRun } = scheduleFaults(system, randomStream(5, 0), 1_000, undefined)
    assert.equal(faults.length, 1_000)
    for (const { name, everyFaults } of FAULTS) {
      if (notRun.some((one) => one.name === name)) continue
      const times = faults.filter((fault) => fault.name === name).length
      assert.ok(everyFaults ? times === 2 : times >= 10, `${name}: ${times}`)
    }
  }
})
