// Compares Economy and Revenue with the definitions of the reports.
import assert from 'node:assert/strict'
import { assertTiles, csvRows, downloadFile, readRows, readTable, tile, visit } from '../dashboard.ts'
import type { Screen } from '../screen.ts'
import { count, day, decimal, type Figure, meanMoney, money, share } from '../spelling.ts'
import { daysOf } from './overview.ts'

interface Moved {
  resource: string
  source: number
  sink: number
  net: number
}

export async function economy({ dashboard, game, days }: Screen): Promise<void> {
  const { page } = dashboard
  await visit(dashboard, `/economy?${days}`)
  const resources = await game.define<Moved>('resources: resources')
  assert.deepEqual(
    resources.map(({ resource }) => resource),
    ['coins'],
  )
  const [coins] = resources as [Moved]
  await assertTiles(page, { Gained: count(coins.source), Spent: count(coins.sink), Net: count(coins.net) })

  const items = await game.define<{ item: string; direction: string; amount: number; events: number }>(
    'resources: items',
  )
  assert.deepEqual(
    (await readRows(page, 'coins by item')).toSorted(),
    items
      .map((one) => [
        one.item ?? '(none)',
        one.direction === 'source' ? 'gained' : 'spent',
        count(one.amount),
        count(one.events),
      ])
      .toSorted(),
  )
  const moved = await game.define<Moved & { day: string }>('resources: days')
  assert.deepEqual(
    await readRows(page, 'coins per day'),
    daysOf(game.range).map((one) => {
      const { source = 0, sink = 0 } = moved.find((row) => row.day === one) ?? {}
      return [day(one), count(source), count(sink)]
    }),
  )
}

interface Paid {
  currency: string
  amount_minor: number
  purchases: number
  payers: number
}

export async function revenue({ dashboard, game, days }: Screen): Promise<void> {
  const { page } = dashboard
  await visit(dashboard, `/revenue?${days}`)
  const [all] = await game.define<Record<string, Figure>>(
    'revenue: players, payers, conversion, first_purchases, median_days_to_first_purchase',
  )
  await assertTiles(page, {
    Payers: count(all?.['payers'] ?? null),
    Conversion: share(all?.['conversion'] ?? null),
    'First purchases': count(all?.['first_purchases'] ?? null),
    'Median days to first purchase': decimal(all?.['median_days_to_first_purchase'] ?? null),
  })
  const currencies = await game.define<Paid & { arpdau_minor: number }>('revenue: currencies')
  for (const [at, { currency, amount_minor, purchases, payers, arpdau_minor }] of currencies.entries()) {
    const shown = async (label: string) => tile(page, label).nth(at).textContent()
    assert.equal(await shown('Revenue'), money(amount_minor, currency))
    assert.equal(await shown('Purchases'), count(purchases))
    assert.equal(await shown('Revenue per payer'), money(amount_minor / payers, currency))
    assert.equal(await shown('ARPDAU'), meanMoney(arpdau_minor, currency))
  }
  const products = await game.define<Paid & { product_id: string }>('revenue: products')
  assert.deepEqual(
    (await readRows(page, 'Products')).toSorted(),
    products
      .map((one) => [one.product_id, one.currency, count(one.purchases), money(one.amount_minor, one.currency)])
      .toSorted(),
  )
  await daysAndTheirCsv({ dashboard, game, days })
}

async function daysAndTheirCsv({ dashboard: { page }, game }: Screen): Promise<void> {
  const paid = await game.define<Paid & { day: string }>('revenue: days')
  for (const [currency, ofCurrency] of Map.groupBy(paid, (one) => one.currency)) {
    const title = `Revenue per day, ${currency}`
    const rows = daysOf(game.range).map((one) => {
      const found = ofCurrency.find((row) => row.day === one)
      return { ...(found ?? { amount_minor: 0, purchases: 0, payers: 0 }), day: one }
    })
    const [header = [], ...shown] = await readTable(page, title)
    assert.deepEqual(
      shown,
      rows.map((one) => [day(one.day), money(one.amount_minor, currency), count(one.purchases), count(one.payers)]),
    )
    const csv = await downloadFile(page, title, 'CSV')
    assert.equal(csv.name, `revenue-per-day-${currency.toLowerCase()}.csv`)
    const digits = rows.map((one) => [one.day, one.amount_minor, one.purchases, one.payers].map(String))
    assert.deepEqual(csvRows(csv.text), [header, ...digits])
  }
}
