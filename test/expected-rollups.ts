// What the rollups must be, worked out event by event in plain TypeScript: nothing is shared with the statements that
// keep them. An event comes with what its properties mean, so that this does not have to read them.
import type { StorableEvent } from '../src/ingest/event-batch.ts'
import type { RollupDump } from './rollup-dump.ts'

export interface MeantEvent {
  event: StorableEvent
  /** Of level_start, level_fail and level_complete, where it is one. */
  level?: string | undefined
  durationMs?: number | undefined
  /** The amount with at most one decimal. */
  resource?: { resource: string; item: string | null; amount: number } | undefined
  purchase?: { product_id: string; currency: string; amount_minor: string; transaction_id: string | null } | undefined
}

const IDLE_MS_MAX = 30 * 60 * 1000

/** @param events each as it was stored, once */
export function expectedRollups(events: MeantEvent[]): RollupDump {
  const ofPlayers = [...grouped(events, ({ event }) => [event.game_id, event.player_id]).values()].map(ofPlayer)
  return {
    players: ofPlayers.map(({ player }) => json(player)).sort(),
    player_days: ofPlayers.flatMap(({ days }) => days.map(json)).sort(),
    player_names: ofPlayers.flatMap(({ names }) => names.map(json)).sort(),
    player_levels: ofPlayers.flatMap(({ levels }) => levels.map(json)).sort(),
    sessions: ofPlayers.flatMap(({ sessions }) => sessions.map(json)).sort(),
    purchases: events.flatMap(purchaseOf).map(json).sort(),
    payer_days: payerDaysOf(events).map(json).sort(),
    event_times: eventTimesOf(events).map(json).sort(),
    ...ofDays(events),
  }
}

function eventTimesOf(events: MeantEvent[]): object[] {
  return [...Map.groupBy(events, ({ event }) => event.game_id)].map(([game_id, of]) => {
    const times = of.map(timeOf).sort((a, b) => a - b)
    return { game_id, first_event_at: iso(times[0]), last_event_at: iso(times.at(-1)) }
  })
}

function ofPlayer(events: MeantEvent[]) {
  const { game_id, player_id } = (events[0] as MeantEvent).event
  const who = { game_id, player_id }
  const times = events.map(timeOf).sort((a, b) => a - b)
  const days = [...new Set(times.map(dayOf))].sort()
  const levels = Map.groupBy(
    events.filter(({ level }) => level !== undefined),
    ({ level }) => level,
  )
  const purchases = events.filter(({ purchase }) => purchase).map(timeOf)
  const names = grouped(events, ({ event }) => [event.name])
  return {
    player: {
      ...who,
      first_day: days[0],
      last_day: days.at(-1),
      first_seen_at: iso(times[0]),
      first_purchase_at: purchases.length > 0 ? iso(Math.min(...purchases)) : null,
    },
    days: days.map((day, index) => ({
      ...who,
      day,
      first_day: days[0],
      previous_day: days[index - 1] ?? null,
    })),
    names: [...names.values()].map((of) => ({
      ...who,
      name: of[0]?.event.name,
      first_at: iso(Math.min(...of.map(timeOf))),
    })),
    levels: [...levels].map(([level, of]) => {
      const completed = of.filter(({ event }) => event.name === 'level_complete')
      return {
        ...who,
        level,
        first_tried_at: iso(Math.min(...of.map(timeOf))),
        first_completed_at: completed.length > 0 ? iso(Math.min(...completed.map(timeOf))) : null,
      }
    }),
    sessions: sessionsOf(times).map((of) => ({
      ...who,
      started_at: iso(of[0]),
      ended_at: iso(of.at(-1)),
      events: of.length,
    })),
  }
}

function sessionsOf(sortedTimes: number[]): number[][] {
  const sessions: number[][] = []
  for (const time of sortedTimes) {
    const last = sessions.at(-1)
    if (last && time - (last.at(-1) as number) <= IDLE_MS_MAX) last.push(time)
    else sessions.push([time])
  }
  return sessions
}

function purchaseOf({ event, purchase }: MeantEvent): object[] {
  if (!purchase) return []
  const { game_id, player_id, event_id } = event
  const { product_id, currency, amount_minor, transaction_id } = purchase
  const corrected_at = iso(Date.parse(event.corrected_at))
  return [{ game_id, player_id, corrected_at, event_id, product_id, currency, amount_minor, transaction_id }]
}

function payerDaysOf(events: MeantEvent[]): object[] {
  const bought = events.flatMap((meant) =>
    meant.purchase ? [meant.purchase.currency, '*'].map((currency) => ({ ...meant, currency })) : [],
  )
  const ofPayers = Map.groupBy(bought, ({ event: { game_id, player_id }, currency }) =>
    JSON.stringify({ game_id, player_id, currency }),
  )
  return [...ofPayers].flatMap(([payer, of]) => {
    const days = [...new Set(of.map((meant) => dayOf(timeOf(meant))))].sort()
    return days.map((day, index) => ({ ...JSON.parse(payer), day, previous_day: days[index - 1] ?? null }))
  })
}

function ofDays(events: MeantEvent[]) {
  const dayOfEvent = (meant: MeantEvent) => ({ game_id: meant.event.game_id, day: dayOf(timeOf(meant)) })
  const hourly = counted(events, (meant) => {
    const { game_id, name, platform, app_version } = meant.event
    return { game_id, hour: `${iso(timeOf(meant)).slice(0, 13)}:00:00.000Z`, name, platform, app_version }
  })
  const levels = grouped(
    events.filter(({ level }) => level !== undefined),
    (meant) => [dayOfEvent(meant), meant.level],
  )
  const seconds = events.filter(({ level, durationMs }) => level !== undefined && durationMs !== undefined)
  const resources = grouped(
    events.filter(({ resource }) => resource),
    ({ resource, ...meant }) => [dayOfEvent(meant), meant.event.name, resource?.resource, resource?.item],
  )
  const mismatched = events.filter(({ event }) => event.mismatch !== undefined)
  return {
    hourly_events: hourly.map(([key, { length }]) => json({ ...key, events: length })).sort(),
    level_days: [...levels.values()]
      .map((of) => {
        const named = (name: string) => of.filter(({ event }) => event.name === name).length
        const [starts, fails, completes] = ['level_start', 'level_fail', 'level_complete'].map(named)
        return json({ ...dayOfEvent(of[0] as MeantEvent), level: of[0]?.level, starts, fails, completes })
      })
      .sort(),
    level_seconds: counted(seconds, (meant) => ({
      ...dayOfEvent(meant),
      level: meant.level,
      seconds: Math.round((meant.durationMs as number) / 1000),
    }))
      .map(([key, { length }]) => json({ ...key, completes: length }))
      .sort(),
    resource_days: [...resources.values()]
      .map((of) => {
        const { resource, item } = of[0]?.resource ?? {}
        const direction = of[0]?.event.name === 'resource_source' ? 'source' : 'sink'
        const tenths = of.reduce((sum, one) => sum + BigInt((one.resource?.amount ?? 0) * 10), 0n)
        const amount = `${tenths / 10n}${tenths % 10n ? `.${tenths % 10n}` : ''}`
        return json({
          ...dayOfEvent(of[0] as MeantEvent),
          resource,
          item,
          direction,
          amount,
          events: of.length,
        })
      })
      .sort(),
    mismatch_days: counted(mismatched, (meant) => ({
      ...dayOfEvent(meant),
      name: meant.event.name,
      path: meant.event.mismatch,
      app_version: meant.event.app_version,
    }))
      .map(([key, of]) => json({ ...key, events: of.length, ...newestOf(of) }))
      .sort(),
  }
}

function newestOf(events: MeantEvent[]) {
  const samples = events.map((meant) => ({ sample_event_id: meant.event.event_id, sample_at: iso(timeOf(meant)) }))
  const order = (one: (typeof samples)[number]) => `${one.sample_at}${one.sample_event_id}`
  return samples.sort((a, b) => (order(a) < order(b) ? 1 : -1))[0]
}

const timeOf = ({ event }: Pick<MeantEvent, 'event'>) => Date.parse(event.corrected_at)
const iso = (time: number | undefined) => new Date(time as number).toISOString()
const dayOf = (time: number) => iso(time).slice(0, 10)
const json = (row: object) => JSON.stringify(row)

function grouped(events: MeantEvent[], keyOf: (event: MeantEvent) => unknown): Map<string, MeantEvent[]> {
  return Map.groupBy(events, (event) => JSON.stringify(keyOf(event)))
}

function counted(events: MeantEvent[], keyOf: (event: MeantEvent) => object): [object, MeantEvent[]][] {
  return [...grouped(events, keyOf)].map(([key, of]) => [JSON.parse(key) as object, of])
}
