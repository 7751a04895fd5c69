// Events of two games for the reports' tests: by chance, from a seed, with everything that makes counting hard: several
// platforms and currencies, odd and missing properties, refunds, sessions across midnight, times at the very edges.

import type { StorableEvent } from '../../src/ingest/event-batch.ts'
import { type Random, randomStream } from '../../src/simulation/random.ts'
import { storableEvent } from '../batches.ts'

/** The first of its days, a Thursday. */
const FIRST_DAY = '2026-10-01'
const DAYS = 40
const DAY_MS = 24 * 60 * 60 * 1000
const PLAYERS = 80
const SEED = 7
const STREAM = 1

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.whole(0, choices.length - 1)] as T
}

export function gameHistory(): StorableEvent[] {
  const random = randomStream(SEED, STREAM)
  const events: StorableEvent[] = []
  for (let player = 0; player < PLAYERS; player++) events.push(...eventsOfPlayer(player, random))
  return events
}

function eventsOfPlayer(player: number, random: Random): StorableEvent[] {
  const firstDay = random.whole(0, DAYS - 1)
  const game_id = player % 10 === 9 ? 2 : 1
  const platform = pick(random, ['ios', 'android', null])
  const events: StorableEvent[] = []
  for (let day = firstDay; day < DAYS; day++) {
    if (day > firstDay && random.chance(0.7)) continue
    const sessions = random.whole(1, 3)
    for (let session = 0; session < sessions; session++) {
      // Sessions may be so near to one another that they are one, and go on past midnight.
      let ms = Date.parse(FIRST_DAY) + day * DAY_MS + random.whole(0, DAY_MS - 1)
      for (let left = random.whole(1, 12); left > 0; left--) {
        events.push(eventAt(ms, { player_id: `p/${player} é`, game_id, platform }, random))
        ms += pick(random, [0, 1_000, 60_000, 10 * 60_000, 30 * 60_000, 30 * 60_000 + 1, 2 * 60 * 60_000])
      }
    }
  }
  return events
}

/** Some stand at the first or last moment of a day. */
function eventAt(ms: number, fields: Partial<StorableEvent>, random: Random): StorableEvent {
  const day = new Date(ms).toISOString().slice(0, 10)
  const moved = pick(random, ['', '', '', '', '', '', 'T00:00:00.000000Z', 'T23:59:59.999999Z'])
  const occurred_at = moved ? day + moved : new Date(ms).toISOString()
  const { properties, ...made } = pick(random, KINDS)(random)
  return storableEvent({
    ...fields,
    ...made,
    occurred_at,
    app_version: pick(random, ['1.0', '1.1', null]),
    properties: JSON.stringify(properties),
  })
}

interface Made {
  name: string
  properties: object
  mismatch?: string
}

const level =
  (name: string) =>
  (random: Random): Made => {
    const tried = { level: pick(random, [1, 2, 3, 10, '2', 'w1:l2', 'w1:l10', 'boss']), attempt: 1 }
    const duration_ms = pick(random, [random.whole(0, 100_000), random.whole(0, 9) * 500, 1234.5678, null])
    return { name, properties: name === 'level_start' ? tried : { ...tried, duration_ms } }
  }

const resource =
  (name: string) =>
  (random: Random): Made => ({
    name,
    properties: {
      resource: pick(random, ['coins', 'gems']),
      amount: pick(random, [1, 0.1, 12.345, 999_999_999_999.5]),
      ...(random.chance(0.6) && { item: pick(random, ['sword', 'shield', null]) }),
    },
  })

const purchase = (random: Random): Made => ({
  name: 'purchase',
  properties: {
    product_id: pick(random, ['pack', 'pass']),
    currency: pick(random, ['USD', 'EUR', 'JPY']),
    amount_minor: pick(random, [99, 499, -7, 4_503_599_627_370_495]),
    transaction_id: 't',
  },
})

/** What custom events carry: values of every type, and long ones. */
const custom = (random: Random): Made => ({
  name: 'custom ☃',
  properties: {
    text: pick(random, ['a', 'b', 'c'.repeat(300), '', '(other)']),
    number: random.whole(1, 15),
    ...(random.chance(0.5) && { maybe: pick(random, [true, false, null]) }),
    mixed: pick(random, [1, '1', { deep: [1] }, [2]]),
  },
})

/** A standard event that is not what it should be counts as an event, and as nothing else. */
const odd = (random: Random): Made =>
  pick<Made>(random, [
    { name: 'level_complete', properties: { level: -3 }, mismatch: '/level' },
    { name: 'level_start', properties: {}, mismatch: '/level' },
    { name: 'purchase', properties: { currency: 'usd', amount_minor: 100 }, mismatch: '/product_id' },
    { name: 'resource_sink', properties: { resource: 'coins', amount: 'all' }, mismatch: '/amount' },
  ])

const KINDS = [
  level('level_start'),
  level('level_fail'),
  level('level_complete'),
  resource('resource_source'),
  resource('resource_sink'),
  purchase,
  custom,
  odd,
  (): Made => ({ name: 'session_start', properties: {} }),
]
