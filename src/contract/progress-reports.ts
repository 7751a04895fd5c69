// The queries and answers of the reports of players' progress: retention, levels and funnels. docs/reports.md defines them.
import { type Static, Type } from 'typebox'
import { count, day, named, nullable, number, query, SOME_TEXT_WITHOUT_NUL, text } from './fields.ts'
import { NAME_LENGTH_MAX } from './limits.ts'
import {
  EVENTS_RANGE_DAYS_MAX,
  FUNNEL_STEPS_MAX,
  FUNNEL_STEPS_MIN,
  FUNNEL_WINDOW_HOURS_DEFAULT,
  FUNNEL_WINDOW_HOURS_MAX,
  LISTED_MAX,
  STOPPED_AFTER_DAYS_DEFAULT,
  STOPPED_AFTER_DAYS_MAX,
} from './report-limits.ts'
import { notCounted, range } from './reports.ts'

const by = Type.Enum(['day', 'week'], { description: 'The length of a cohort and of its periods.' })

export const RetentionQuerySchema = query({ by: Type.Optional(by), ...range })

export const RetentionSchema = named('RetentionReport', 'New players by day or week, and how many of them returned.', {
  by,
  cohorts: Type.Array(
    Type.Object({
      first_day: day('The first day of the cohort. For a week this is the Monday.'),
      players: count(
        'Players whose first event of all time is in this day or week. A week that is partly in the range counts as a whole.',
      ),
      returned: Type.Array(Type.Integer(), {
        description:
          'Entry k is the number of these players who were active k days or weeks later. The last entry is the current day or week.',
      }),
    }),
    { description: 'Oldest first. Days and weeks without new players are left out.' },
  ),
})
export type Retention = Static<typeof RetentionSchema>

export const LevelsQuerySchema = query({
  stopped_after_days: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: STOPPED_AFTER_DAYS_MAX,
      default: STOPPED_AFTER_DAYS_DEFAULT,
      description: 'Days since the last active day after which a player can count as stopped.',
    }),
  ),
  ...range,
})

export const LevelsSchema = named('LevelsReport', 'How players progress through the levels.', {
  levels: Type.Array(
    Type.Object({
      level: text('The level as a text, such as `7` or `world01:level02`.'),
      starts: count('The number of `level_start` events in the range.'),
      fails: count('The number of `level_fail` events in the range.'),
      completes: count('The number of `level_complete` events in the range.'),
      attempts_per_complete: nullable(number('`starts` divided by `completes`. Null if `completes` is 0.')),
      median_seconds: nullable(count('The median time of a completion in seconds, from `duration_ms`.')),
      reached: count(
        'Players who tried this level for the first time in the range. `completed`, `stopped` and `continuing` add up to it.',
      ),
      completed: count('Those of them who completed the level, until now.'),
      stopped: count(
        'Those of them who did not complete the level, tried no new level after it, and were last active at least `stopped_after_days` days before today.',
      ),
      continuing: count('The others: they were active recently, or tried a new level after this one.'),
    }),
    {
      description: `Levels with an event in the range, in natural order, at most ${LISTED_MAX}: numbers by value, and \`level9\` before \`level10\`.`,
    },
  ),
  not_counted: notCounted,
})
export type Levels = Static<typeof LevelsSchema>

export const FunnelQuerySchema = query({
  step: Type.Array(Type.String({ pattern: SOME_TEXT_WITHOUT_NUL, maxLength: NAME_LENGTH_MAX }), {
    minItems: FUNNEL_STEPS_MIN,
    maxItems: FUNNEL_STEPS_MAX,
    description: 'The names of the events in order, such as `step=a&step=b`.',
  }),
  window_hours: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: FUNNEL_WINDOW_HOURS_MAX,
      default: FUNNEL_WINDOW_HOURS_DEFAULT,
      description: 'The maximum time from the first step to the last one, in hours.',
    }),
  ),
  first: Type.Optional(
    Type.Enum(['ever', 'in_range'], {
      default: 'ever',
      description: `Which event of a name counts. \`ever\`: the player’s first one of all time. \`in_range\`: for step 1, the player’s first event in the range; for each later step, the first event in the range that is not before the previous step. The range has at most ${EVENTS_RANGE_DAYS_MAX} days.`,
    }),
  ),
  ...range,
})

export const FunnelSchema = named('FunnelReport', 'How many players completed each step after the one before.', {
  steps: Type.Array(
    Type.Object({
      name: text('The name of the event.'),
      players: count('Players who completed this step and all steps before it.'),
      median_seconds: nullable(
        count(
          'The median time since the previous step in seconds. Null for the first step, and if no player completed the step.',
        ),
      ),
    }),
  ),
})
export type Funnel = Static<typeof FunnelSchema>
