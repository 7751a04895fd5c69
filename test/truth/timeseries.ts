// The true answer about a figure over time.
import type { Timeseries, TimeseriesFigure, TimeseriesInterval } from '../../src/contract/timeseries.ts'
import { amountsOf, purchasesOf } from './money.ts'
import {
  DAY_MS,
  type Days,
  during,
  everyDay,
  firstOfEach,
  inOrder,
  type Played,
  playersOf,
  sum,
} from './played.ts'

export interface Asked {
  figure: TimeseriesFigure
  interval: Exclude<TimeseriesInterval, 'minute'>
  split?: 'name' | 'platform'
}

interface Counted {
  /** The moments that count, one each or by what they hold. */
  moments: Played[]
  count: (moments: Played[]) => number
  keyOf: (moment: Played) => string | null
}

export function trueTimeseries(played: Played[], days: Days, { figure, interval, split }: Asked): Timeseries {
  const { moments, count, keyOf } = countedOf(played, figure, split)
  const stepMs = interval === 'day' ? DAY_MS : DAY_MS / 24
  const startOf = (atMs: number) => Math.floor(atMs / stepMs) * stepMs
  const points = everyDay(days).flatMap((day) =>
    Array.from({ length: DAY_MS / stepMs }, (_, step) => Date.parse(day) + step * stepMs),
  )
  const series = [...Map.groupBy(during(moments, days), keyOf)].map(([value, ofSeries]) => {
    const byPoint = Map.groupBy(ofSeries, ({ atMs }) => startOf(atMs))
    return {
      value,
      points: points.map((atMs) => ({
        at: new Date(atMs).toISOString().replace('.000', ''),
        count: count(byPoint.get(atMs) ?? []),
      })),
    }
  })
  return {
    figure,
    interval,
    series: inOrder(series, (one) => [sum(one.points.map((point) => point.count)), one.value ?? '']),
  }
}

function countedOf(played: Played[], figure: TimeseriesFigure, split: Asked['split']): Counted {
  const keyOf = (moment: Played) => (split ? moment[split] : null)
  const all = (moments: Played[]) => moments.length
  switch (figure) {
    case 'events':
      return { moments: played, count: all, keyOf }
    case 'players':
      return { moments: played, count: playersOf, keyOf }
    case 'new_players':
      return { moments: [...firstOfEach(played).values()], count: all, keyOf }
    case 'sessions':
      return { moments: played.filter(({ name }) => name === 'session_start'), count: all, keyOf }
    case 'purchases':
      return { moments: purchasesOf(played), count: all, keyOf }
    case 'revenue':
      return {
        moments: purchasesOf(played),
        count: (moments) => sum(amountsOf(moments)),
        keyOf: ({ properties }) => String(properties.currency),
      }
  }
}
