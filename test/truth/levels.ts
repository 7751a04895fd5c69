// The true answer about levels: how hard they were, and where players stopped.
import type { Levels } from '../../src/contract/reports.ts'
import { addDays, type Days, during, isIn, median, type Played, rounded } from './played.ts'

export function trueLevels(played: Played[], days: Days, today: string): Levels {
  const tries = played.filter(({ name }) => /^level_(start|fail|complete)$/.test(name))
  const byLevel = Map.groupBy(during(tries, days), ({ properties }) => Number(properties['level']))
  const reached = new Map<number, number>()
  const stopped = new Map<number, number>()
  const momentsOf = Map.groupBy(played, ({ player_id }) => player_id)
  for (const [player_id, own] of Map.groupBy(tries, (one) => one.player_id)) {
    const highest = Math.max(...own.map(({ properties }) => Number(properties['level'])))
    for (let level = 0; level <= highest; level++) reached.set(level, (reached.get(level) ?? 0) + 1)
    const hasCompleted = own.some(
      ({ name, properties }) => name === 'level_complete' && properties['level'] === highest,
    )
    const lastDay = momentsOf.get(player_id)?.at(-1)?.day ?? ''
    if (!hasCompleted && isIn(lastDay, days) && lastDay <= addDays(today, -7)) {
      stopped.set(highest, (stopped.get(highest) ?? 0) + 1)
    }
  }
  const listed = [...new Set([...byLevel.keys(), ...stopped.keys()])].sort((a, b) => a - b)
  return {
    levels: listed.map((level) => {
      const of = (name: string) => (byLevel.get(level) ?? []).filter((one) => one.name === name)
      const completes = of('level_complete')
      return {
        level,
        starts: of('level_start').length,
        fails: of('level_fail').length,
        completes: completes.length,
        attempts_per_complete:
          completes.length > 0 ? rounded(of('level_start').length / completes.length, 4) : null,
        median_seconds: median(
          completes.map(({ properties }) => Math.round(Number(properties['duration_ms']) / 1000)),
        ),
        reached: reached.get(level) ?? 0,
        stopped: stopped.get(level) ?? 0,
      }
    }),
  }
}
