// The true answers about players: how many came, who came back, and how far they got.
import type { Figures, Funnel, OverviewReport, PlayerProfile, Retention } from '../../src/contract/reports.ts'
import { amountsOf, purchasesOf } from './money.ts'
import {
  addDays,
  DAY_MS,
  type Days,
  dayOf,
  daysFrom,
  during,
  firstOfEach,
  inOrder,
  isIn,
  median,
  type Played,
  playersOf,
  sittingsOf,
  sum,
} from './played.ts'

export function trueOverview(played: Played[], { from, to }: Days): OverviewReport {
  const length = daysFrom(from, to) + 1
  const active = (days: number) => playersOf(during(played, { from: addDays(to, 1 - days), to }))
  return {
    from,
    to,
    first_event_at: timeAt(Math.min(...played.map(({ atMs }) => atMs))),
    last_event_at: timeAt(Math.max(...played.map(({ atMs }) => atMs))),
    current: trueFigures(played, { from, to }),
    previous: trueFigures(played, { from: addDays(from, -length), to: addDays(from, -1) }),
    active: { dau: active(1), wau: active(7), mau: active(30) },
  }
}

/** As the API writes a time of whole milliseconds. */
const timeAt = (atMs: number) => new Date(atMs).toISOString().replace('Z', '000Z')

function trueFigures(played: Played[], days: Days): Figures {
  const inRange = during(played, days)
  const sittings = sittingsOf(inRange) // none has two days
  const lengthMs = sum(sittings.map(({ startedMs, endedMs }) => endedMs - startedMs))
  const purchases = purchasesOf(inRange)
  return {
    players: playersOf(inRange),
    new_players: [...firstOfEach(played).values()].filter(({ day }) => isIn(day, days)).length,
    sessions: sittings.length,
    events: inRange.length,
    rejected_events: 0,
    session_seconds: sittings.length > 0 ? Math.round(lengthMs / sittings.length / 1000) : null,
    payers: playersOf(purchases),
    revenue: inOrder(
      [...Map.groupBy(purchases, ({ properties }) => String(properties.currency))].map(
        ([currency, ofCurrency]) => ({ currency, amount_minor: sum(amountsOf(ofCurrency)) }),
      ),
      ({ currency, amount_minor }) => [amount_minor, currency],
    ),
  }
}

export function trueRetention(
  played: Played[],
  { from, to }: Days,
  by: 'day' | 'week',
  today: string,
): Retention {
  const startOf = by === 'day' ? (day: string) => day : mondayOf
  const length = by === 'day' ? 1 : 7
  const seen = played.map(({ player_id, day }) => ({ player_id, start: startOf(day) }))
  const firsts = firstOfEach(played)
  const cohorts = Map.groupBy(seen, ({ player_id }) => startOf(firsts.get(player_id)?.day ?? ''))
  return {
    by,
    cohorts: [...cohorts]
      .filter(([first_day]) => isIn(first_day, { from: startOf(from), to }))
      .map(([first_day, ofCohort]) => {
        const ends = Math.floor(daysFrom(first_day, startOf(today)) / length)
        const returned = Array.from({ length: ends + 1 }, (_, end) => {
          const start = addDays(first_day, end * length)
          return new Set(ofCohort.filter((one) => one.start === start).map(({ player_id }) => player_id)).size
        })
        return { first_day, players: returned[0] ?? 0, returned }
      }),
  }
}

function mondayOf(day: string): string {
  return addDays(day, -((new Date(day).getUTCDay() + 6) % 7))
}

export function trueFunnel(played: Played[], days: Days, names: string[], windowHours: number): Funnel {
  const firsts = names.map((name) => firstOfEach(played.filter((one) => one.name === name)))
  let here = [...(firsts[0]?.values() ?? [])]
    .filter(({ day }) => isIn(day, days))
    .map(({ player_id, atMs }) => ({ player_id, beganMs: atMs, atMs, tookMs: 0 }))
  const steps = names.map((name, index) => {
    if (index > 0) {
      here = here.flatMap(({ player_id, beganMs, atMs }) => {
        const nextMs = firsts[index]?.get(player_id)?.atMs ?? Number.POSITIVE_INFINITY
        const isInTime = nextMs >= atMs && nextMs - beganMs <= (windowHours * DAY_MS) / 24
        return isInTime ? [{ player_id, beganMs, atMs: nextMs, tookMs: nextMs - atMs }] : []
      })
    }
    const tookMs = index > 0 ? median(here.map((one) => one.tookMs)) : null
    return { name, players: here.length, median_seconds: tookMs === null ? null : Math.round(tookMs / 1000) }
  })
  return { steps }
}

/** Times as milliseconds, however the answer spells them. */
export type TrueProfile = Omit<PlayerProfile, 'first_seen_at' | 'last_seen_at' | 'sessions'> & {
  seenMs: [number, number]
  sessions: { startedMs: number; endedMs: number; events: number }[]
}

export function trueProfile(played: Played[], player_id: string): TrueProfile {
  const own = played.filter((one) => one.player_id === player_id)
  const levels = (of: Played[]) =>
    of.map(({ properties }) => Number(properties.level)).filter(Number.isFinite)
  const highest = (of: Played[]) => (levels(of).length > 0 ? Math.max(...levels(of)) : null)
  const times = own.map(({ atMs }) => atMs)
  const purchases = Map.groupBy(purchasesOf(own), ({ properties }) => String(properties.currency))
  return {
    player_id,
    seenMs: [Math.min(...times), Math.max(...times)],
    active_days: new Set(own.map(({ day }) => day)).size,
    first_day: dayOf(Math.min(...times)),
    level_tried: highest(own),
    level_completed: highest(own.filter(({ name }) => name === 'level_complete')),
    revenue: [...purchases].map(([currency, paid]) => ({
      currency,
      amount_minor: sum(amountsOf(paid)),
      purchases: paid.length,
    })),
    sessions: inOrder(sittingsOf(own), ({ startedMs }) => [startedMs])
      .slice(0, 100)
      .map(({ startedMs, endedMs, events }) => ({ startedMs, endedMs, events })),
  }
}
