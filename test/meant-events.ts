// Events for tests of the rollups, by chance: close in time and far from each other, with properties that are right,
// odd, or nothing that anyone would send, each with what it means.
import fc from 'fast-check'
import { storableEvent } from './batches.ts'
import type { MeantEvent } from './expected-rollups.ts'

/** JSON texts and what they mean; undefined: nothing, so that the event counts as any other. */
type Meanings<T> = Record<string, T | undefined>

/** In none of the places below. */
const NEVER: Meanings<never> = {
  null: undefined,
  true: undefined,
  '[1]': undefined,
  '{"__proto__":1}': undefined,
  '1e400': undefined,
  '-1e400': undefined,
  '""': undefined,
}
/** A number and a text of the same digits are one level. */
const LEVELS: Meanings<string> = {
  ...{
    '1': '1',
    '"w1:l2"': 'w1:l2',
    '2': '2',
    '"2"': '2',
    '3.0': '3',
    '4e0': '4',
    '0': '0',
    '1000000': '1000000',
    '-0': '0',
  },
  ...{ '"02"': '02', '"-1"': '-1', [`"${'🗺'.repeat(64)}"`]: '🗺'.repeat(64), [`"${'a'.repeat(65)}"`]: undefined },
  ...{
    '1000001': undefined,
    '-1': undefined,
    '2.5': undefined,
    '1e-400': undefined,
    ...NEVER,
  },
}
const DURATIONS_MS: Meanings<number> = {
  ...{
    '0': 0,
    '1499': 1499,
    '1500': 1500,
    '60000.5': 60_000.5,
    '1000000000000': 1_000_000_000_000,
    '1e-400': 0,
  },
  ...{
    '-1': undefined,
    '1000000000001': undefined,
    '"1500"': undefined,
    null: undefined,
    '1e400': undefined,
  },
}
const AMOUNTS: Meanings<number> = {
  ...{ '1': 1, '2': 2, '3.0': 3, '0.5': 0.5, '1e15': 1e15 },
  ...{
    '0': undefined,
    '1000000000000001': undefined,
    '1000000000000000.1': undefined,
    '-1': undefined,
    '"1"': undefined,
    ...NEVER,
  },
}
const RESOURCES: Meanings<string> = { '"gold"': 'gold', '"gems"': 'gems', ...NEVER }
const ITEMS: Meanings<string | null> = {
  '"sword"': 'sword',
  null: null,
  '5': null,
  '""': null,
  [`"${'x'.repeat(101)}"`]: null,
}
const CURRENCIES: Meanings<string> = {
  '"EUR"': 'EUR',
  '"USD"': 'USD',
  '"eur"': undefined,
  '"EURO"': undefined,
  ...NEVER,
}
const MINOR: Meanings<string> = {
  ...{ '199': '199', '-199': '-199', '0': '0', '5.0': '5', '9007199254740991': '9007199254740991' },
  ...{ '9007199254740992': undefined, '1.5': undefined, '"199"': undefined, ...NEVER },
}
const PRODUCTS: Meanings<string> = {
  '"pack"': 'pack',
  '"p\\"2"': 'p"2',
  [`"${'日'.repeat(101)}"`]: undefined,
  '7': undefined,
  ...NEVER,
}
const TRANSACTIONS: Meanings<string | null> = {
  '"t1"': 't1',
  null: null,
  '{}': null,
  [`"${'t'.repeat(5000)}"`]: 't'.repeat(5000),
}

/** Mostly the first three, which mean something. */
function oneOf<T>(meanings: Meanings<T>) {
  const entries = Object.entries(meanings)
  return fc.oneof(
    { arbitrary: fc.constantFrom(...entries.slice(0, 3)), weight: 3 },
    { arbitrary: fc.constantFrom(...entries), weight: 1 },
  )
}

type Meaning = Omit<MeantEvent, 'event'> & { name: string; properties: string }

const levelEvent = fc
  .record({
    name: fc.constantFrom('level_start', 'level_fail', 'level_complete'),
    level: oneOf(LEVELS),
    duration: fc.option(oneOf(DURATIONS_MS)),
  })
  .map(({ name, level: [level, meant], duration }): Meaning => {
    const properties = `{"level":${level}${duration ? `,"duration_ms":${duration[0]}` : ''}}`
    return {
      name,
      properties,
      level: meant,
      durationMs: name === 'level_complete' ? duration?.[1] : undefined,
    }
  })

const resourceEvent = fc
  .record({
    name: fc.constantFrom('resource_source', 'resource_sink'),
    resource: oneOf(RESOURCES),
    item: oneOf(ITEMS),
    amount: oneOf(AMOUNTS),
  })
  .map(({ name, resource, item, amount }): Meaning => {
    const properties = `{"resource":${resource[0]},"item":${item[0]},"amount":${amount[0]}}`
    const isMeant = resource[1] !== undefined && amount[1] !== undefined
    const meant = { resource: resource[1] as string, item: item[1] ?? null, amount: amount[1] as number }
    return { name, properties, resource: isMeant ? meant : undefined }
  })

const purchaseEvent = fc
  .record({
    product: oneOf(PRODUCTS),
    currency: oneOf(CURRENCIES),
    minor: oneOf(MINOR),
    transaction: oneOf(TRANSACTIONS),
  })
  .map(({ product, currency, minor, transaction }): Meaning => {
    const properties = `{"product_id":${product[0]},"currency":${currency[0]},"amount_minor":${minor[0]},"transaction_id":${transaction[0]}}`
    const isMeant = product[1] !== undefined && currency[1] !== undefined && minor[1] !== undefined
    const meant = {
      product_id: product[1] as string,
      currency: currency[1] as string,
      amount_minor: minor[1] as string,
      transaction_id: transaction[1] ?? null,
    }
    return { name: 'purchase', properties, purchase: isMeant ? meant : undefined }
  })

const customEvent = fc.constantFrom<Meaning>(
  { name: 'custom', properties: '{"level":1,"amount_minor":1,"currency":"EUR"}' },
  { name: 'level_start', properties: '{}' },
  { name: 'purchase', properties: '{"__proto__":{"currency":"EUR"}}' },
  { name: 'session_start', properties: '{"level":"\\u2028"}' },
)

/** Half an hour apart, just more, and days: 2026-01-30 to 2026-02-03, and one that is years off. */
const minute = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => n * 10), weight: 6 },
  { arbitrary: fc.integer({ min: 0, max: 5 * 24 * 60 }), weight: 3 },
  { arbitrary: fc.constant(-6 * 365 * 24 * 60), weight: 1 },
)
const START_MS = Date.parse('2026-01-30T20:00:00.000Z')
const DAY_MS = 24 * 60 * 60 * 1000

export const meantEvent: fc.Arbitrary<MeantEvent> = fc
  .record({
    meaning: fc.oneof(levelEvent, resourceEvent, purchaseEvent, customEvent),
    game_id: fc.constantFrom(1, 1, 1, 2),
    player_id: fc.constantFrom('a', 'a', 'b', '__proto__'),
    minute,
    /** What a wrong clock is corrected by. */
    skewDays: fc.constantFrom(0, 0, 0, 40),
    app_version: fc.constantFrom(null, '1.0', ''),
    platform: fc.constantFrom(null, 'ios'),
    isDated: fc.constantFrom(true, true, true, false),
    replay_of: fc.constantFrom(undefined, undefined, '00000000-0000-4000-8000-000000000000'),
    isMismatch: fc.constantFrom(false, false, false, true),
  })
  .map(({ meaning, minute, skewDays, isDated, replay_of, isMismatch, ...fields }) => {
    const { name, properties, ...meant } = meaning
    const correctedMs = START_MS + minute * 60_000
    const event = storableEvent({
      ...fields,
      name,
      properties,
      occurred_at: new Date(correctedMs - skewDays * DAY_MS).toISOString(),
      corrected_at: new Date(correctedMs).toISOString(),
      dated: isDated,
      ...(replay_of && { replay_of }),
      ...(isMismatch && { mismatch: '/properties/level' }),
    })
    // With a mismatch it counts as any other event.
    return isMismatch ? { event } : { event, ...meant }
  })
