// The path and answer of the route for one player.
import { type Static, Type } from 'typebox'
import { amount, count, currency, day, events, game, NO_NUL, named, nullable, purchases, text, time } from './fields.ts'
import { PLAYER_ID_LENGTH_MAX } from './limits.ts'
import { PLAYER_SESSIONS_MAX } from './report-limits.ts'

export const PlayerParamsSchema = Type.Object({
  game,
  player_id: Type.String({
    minLength: 1,
    maxLength: PLAYER_ID_LENGTH_MAX,
    pattern: NO_NUL,
    description: 'The `player_id` of the events.',
  }),
})

export const PlayerProfileSchema = named('PlayerProfile', 'One player. All times are `corrected_at`.', {
  player_id: Type.String(),
  first_seen_at: time('The time of the first event.'),
  last_seen_at: time('The time of the last event.'),
  active_days: count('The number of UTC days with an event.'),
  first_day: day('The UTC day of the first event.'),
  newest_level: nullable(text('Of all levels that the player tried, the one whose first try is the latest.')),
  newest_level_completed: nullable(
    text('Of all levels that the player completed, the one whose first completion is the latest.'),
  ),
  revenue: Type.Array(Type.Object({ currency, amount_minor: amount, purchases })),
  sessions: Type.Array(
    Type.Object({
      started_at: time('The time of the first event of the session.'),
      ended_at: time('The time of the last event of the session.'),
      events,
    }),
    { description: `Newest first, at most ${PLAYER_SESSIONS_MAX}.` },
  ),
})
export type PlayerProfile = Static<typeof PlayerProfileSchema>
