// What was played in a simulated game, as the simulator knows it, and how to count it in plain TypeScript: no rollup, no SQL, no
// rule of the server's about sessions.
import type { Moment } from '../../src/simulation/play-session.ts'

export interface Played {
  player_id: string
  session_id: string
  platform: string
  atMs: number
  /** UTC, YYYY-MM-DD. */
  day: string
  name: string
  properties: Record<string, unknown>
}

/** UTC days, both included. */
export interface Days {
  from: string
  to: string
}

export const DAY_MS = 24 * 60 * 60 * 1000

/** In time order, as it was played. */
export function whatWasPlayed(moments: Moment[]): Played[] {
  return moments.map(({ player: { player_id, platform }, session_id, atMs, name, properties }) => {
    return { player_id, session_id, platform, atMs, day: dayOf(atMs), name, properties }
  })
}

export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}

export function addDays(day: string, days: number): string {
  return dayOf(Date.parse(day) + days * DAY_MS)
}

export function daysFrom(first: string, second: string): number {
  return (Date.parse(second) - Date.parse(first)) / DAY_MS
}

export function everyDay({ from, to }: Days): string[] {
  return Array.from({ length: daysFrom(from, to) + 1 }, (_, index) => addDays(from, index))
}

export function isIn(day: string, { from, to }: Days): boolean {
  return from <= day && day <= to
}

export function during(played: Played[], days: Days): Played[] {
  return played.filter(({ day }) => isIn(day, days))
}

export function playersOf(played: Played[]): number {
  return new Set(played.map(({ player_id }) => player_id)).size
}

export function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

/** Of two in the middle the lower one. */
export function median(numbers: number[]): number | null {
  return numbers.toSorted((a, b) => a - b)[Math.ceil(numbers.length / 2) - 1] ?? null
}

export function rounded(number: number, decimals: number): number {
  return Math.round(number * 10 ** decimals) / 10 ** decimals
}

/** By the first that differs: numbers downwards, texts upwards. */
export function inOrder<T>(items: T[], keyOf: (item: T) => (number | string)[]): T[] {
  return items.toSorted((one, other) => {
    const others = keyOf(other)
    for (const [index, key] of keyOf(one).entries()) {
      const against = others[index] ?? ''
      if (key !== against) return (key < against ? -1 : 1) * (typeof key === 'number' ? -1 : 1)
    }
    return 0
  })
}

/** The first moment of each player. */
export function firstOfEach(played: Played[]): Map<string, Played> {
  const firsts = new Map<string, Played>()
  for (const one of played) if (!firsts.has(one.player_id)) firsts.set(one.player_id, one)
  return firsts
}

export interface Sitting {
  player_id: string
  startedMs: number
  endedMs: number
  events: number
}

/** As the simulator's own session ids have it. */
export function sittingsOf(played: Played[]): Sitting[] {
  return [...Map.groupBy(played, ({ session_id }) => session_id).values()].map((moments) => {
    const times = moments.map(({ atMs }) => atMs)
    return {
      player_id: moments[0]?.player_id ?? '',
      startedMs: Math.min(...times),
      endedMs: Math.max(...times),
      events: moments.length,
    }
  })
}
