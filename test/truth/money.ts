// The true answers about money and resources.
import type { Resources, Revenue } from '../../src/contract/reports.ts'
import {
  type Days,
  daysFrom,
  during,
  everyDay,
  firstOfEach,
  inOrder,
  isIn,
  median,
  type Played,
  playersOf,
  rounded,
  sum,
} from './played.ts'

export function purchasesOf(played: Played[]): Played[] {
  return played.filter(({ name }) => name === 'purchase')
}

export function amountsOf(purchases: Played[]): number[] {
  return purchases.map(({ properties }) => Number(properties['amount_minor']))
}

export function trueRevenue(played: Played[], days: Days): Revenue {
  const inRange = during(played, days)
  const purchases = purchasesOf(inRange)
  const playerDays = new Set(inRange.map(({ player_id, day }) => `${player_id} ${day}`)).size
  const firstDays = firstOfEach(played)
  const firstPurchases = [...firstOfEach(purchasesOf(played)).values()].filter(({ day }) => isIn(day, days))
  const counts = (of: Played[]) => ({
    amount_minor: sum(amountsOf(of)),
    purchases: of.length,
    payers: playersOf(of),
  })
  const currencies = [...Map.groupBy(purchases, ({ properties }) => String(properties['currency']))]
  const products = Map.groupBy(
    purchases,
    ({ properties }) => `${properties['product_id']} ${properties['currency']}`,
  )
  return {
    currencies: inOrder(
      currencies.map(([currency, paid]) => ({
        currency,
        ...counts(paid),
        arpdau_minor: rounded(sum(amountsOf(paid)) / playerDays, 4),
        days: everyDay(days).map((day) => ({ day, ...counts(paid.filter((one) => one.day === day)) })),
      })),
      (one) => [one.purchases, one.currency],
    ),
    players: playersOf(inRange),
    payers: playersOf(purchases),
    conversion: rounded(playersOf(purchases) / playersOf(inRange), 6),
    first_purchases: firstPurchases.length,
    median_days_to_first_purchase: median(
      firstPurchases.map(({ player_id, day }) => daysFrom(firstDays.get(player_id)?.day ?? '', day)),
    ),
    products: inOrder(
      [...products].map(([key, paid]) => {
        const [product_id = '', currency = ''] = key.split(' ')
        return { product_id, currency, purchases: paid.length, amount_minor: sum(amountsOf(paid)) }
      }),
      (one) => [one.purchases, one.product_id, one.currency],
    ),
  }
}

export function trueResources(played: Played[], days: Days): Resources {
  const moved = during(played, days).filter(({ name }) => name.startsWith('resource_'))
  const resources = [...Map.groupBy(moved, ({ properties }) => String(properties['resource']))]
  return {
    resources: resources.map(([resource, ofResource]) => {
      const { source, sink } = bothWays(ofResource)
      const items = Map.groupBy(
        ofResource,
        ({ name, properties }) => `${properties['item']} ${directionOf(name)}`,
      )
      return {
        resource,
        source,
        sink,
        net: source - sink,
        items: inOrder(
          [...items].map(([key, ofItem]) => {
            const [item = '', direction = ''] = key.split(' ')
            return {
              item,
              direction: direction as 'source' | 'sink',
              amount: sum(amounts(ofItem)),
              events: ofItem.length,
            }
          }),
          ({ amount, item, direction }) => [amount, item ?? '', direction],
        ),
        days: everyDay(days).map((day) => ({
          day,
          ...bothWays(ofResource.filter((one) => one.day === day)),
        })),
      }
    }),
  }
}

function directionOf(name: string): string {
  return name === 'resource_source' ? 'source' : 'sink'
}

function amounts(played: Played[]): number[] {
  return played.map(({ properties }) => Number(properties['amount']))
}

function bothWays(played: Played[]): { source: number; sink: number } {
  const of = (name: string) => sum(amounts(played.filter((one) => one.name === name)))
  return { source: of('resource_source'), sink: of('resource_sink') }
}
