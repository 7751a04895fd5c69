// The counting of what a sender spends: continuous refill, waiting, and a bounded number of senders.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countedAddress } from './addresses.ts'
import { countSpending } from './spending.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

/** A budget of 24,000 bytes and 24 events a day, and a clock that the test sets. */
function openSpending(waitMsMax = DAY_MS) {
  const clock = { ms: 1_000 }
  const accountOf = countSpending({ bytes: 24_000, events: 24 }, { waitMsMax, now: () => clock.ms })
  return { clock, accountOf }
}

const isFree = ({ waitMs }: ReturnType<ReturnType<typeof countSpending>>) =>
  waitMs('bytes') <= 0 && waitMs('events') <= 0

test('a sender may spend its whole budget at once, and then as fast as it is refilled', () => {
  const { clock, accountOf } = openSpending()
  const account = accountOf('a')
  for (let event = 0; event < 24; event++) {
    assert.ok(isFree(account), `${event}`)
    account.spend('events', 1)
  }
  assert.equal(account.waitMs('events'), HOUR_MS)
  assert.ok(account.waitMs('bytes') <= 0, 'bytes and events are counted separately')
  clock.ms += HOUR_MS / 2
  assert.equal(account.waitMs('events'), HOUR_MS / 2)
  clock.ms += HOUR_MS / 2
  assert.ok(isFree(account))
  account.spend('events', 1)
  assert.equal(account.waitMs('events'), HOUR_MS)
  clock.ms += 30 * DAY_MS
  account.spend('events', 24)
  assert.equal(account.waitMs('events'), HOUR_MS, 'a budget does not grow beyond a day')
})

test('a request that is larger than the rest passes, and its sender waits until the budget has refilled it', () => {
  const { accountOf } = openSpending()
  const account = accountOf('a')
  account.spend('bytes', 23_000)
  assert.ok(isFree(account))
  account.spend('bytes', 3_000)
  assert.ok(Math.abs(account.waitMs('bytes') - (2 * HOUR_MS + HOUR_MS / 1_000)) < 1)
  account.spend('bytes', 1e9)
  assert.equal(account.waitMs('bytes'), DAY_MS, 'nobody waits longer than the limit')
})

test('the wait has a limit', () => {
  const { clock, accountOf } = openSpending(60_000)
  const account = accountOf('game')
  account.spend('events', 1_000)
  assert.equal(account.waitMs('events'), 60_000)
  clock.ms += 60_000
  assert.ok(isFree(account))
})

test('0 is no limit', () => {
  const account = countSpending({ bytes: 0, events: 0 }, { waitMsMax: DAY_MS })('a')
  account.spend('bytes', 1e15)
  account.spend('events', 1e15)
  assert.ok(isFree(account))
})

test('ten thousand senders are counted, and the one that was silent longest is forgotten', () => {
  const { accountOf } = openSpending()
  for (let sender = 0; sender < 10_000; sender++) accountOf(`${sender}`).spend('events', 24)
  assert.ok(!isFree(accountOf('0')))
  accountOf('new')
  assert.ok(!isFree(accountOf('0')))
  assert.ok(isFree(accountOf('1')))
})

test('an IPv6 address counts by its /64, an IPv4 address as it is', () => {
  const groups: [string, string][] = [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1::2:3:4:5', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b:1:2:3:4:192.0.2.1', '64:ff9b:1:2::/64'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1:4711'],
    ['unknown', 'unknown'],
  ]
  for (const [address, counted] of groups) assert.equal(countedAddress(address), counted, address)
})
