// Levels: how far players get, and at which levels they stop.

import type { Levels } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { showCount, showDecimal, showSeconds, showShare } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { ChoiceFilter, Filters } from '../parts/filters.tsx'
import { NotCounted } from '../parts/not-counted.tsx'
import { Page } from '../parts/page.tsx'
import { Plot } from '../parts/plot.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { useView } from '../view.ts'

type Level = Levels['levels'][number]

const STOPPED_AFTER: [string, string][] = [
  ['3', '3 days'],
  ['1', '1 day'],
  ['7', '7 days'],
  ['14', '14 days'],
  ['30', '30 days'],
]

export function LevelsScreen() {
  const { query, range } = useView()
  const answer = useAnswer<Levels>('reports/levels', {
    from: range.from,
    to: range.to,
    stopped_after_days: query.get('stopped_after_days'),
  })
  return (
    <Page title="Levels" about="How far players get, and where they stop.">
      <Filters>
        <ChoiceFilter label="Stopped: no event for" name="stopped_after_days" choices={STOPPED_AFTER} />
      </Filters>
      <Shown answer={answer}>
        {({ levels, not_counted }) => (
          <>
            <NotCounted groups={not_counted} />
            {levels.length > 0 ? <Cards levels={levels} /> : <NoLevels />}
          </>
        )}
      </Shown>
    </Page>
  )
}

const NoLevels = () => (
  <Empty title="No levels in this range" event={{ name: 'level_start', properties: { level: 1, attempt: 1 } }}>
    This report counts the events level_start, level_fail and level_complete by their property “level”. For example:
  </Empty>
)

const shareOf = (players: number, { reached }: Level) => (reached > 0 ? players / reached : null)

function Cards({ levels }: { levels: Level[] }) {
  const worst = levels.filter(({ stopped }) => stopped > 0).sort((a, b) => b.stopped - a.stopped)[0]
  const bars = (label: string, of: (level: Level) => number) => ({ label, values: levels.map(of) })
  return (
    <div class="cards">
      <Card
        title="Players who reached a level"
        note={
          <>
            Players who tried the level for the first time in this range. Each one completed it, continues or stopped.{' '}
            {worst && <Worst {...worst} />}
          </>
        }
        figures={playerFigures(levels)}
        wide
      >
        <Plot
          kind="bar"
          stacked
          label="Players who reached each level: completed, continuing and stopped"
          labels={levels.map(({ level }) => level)}
          series={[
            bars('Completed', ({ completed }) => completed),
            bars('Continuing', ({ continuing }) => continuing),
            bars('Stopped', ({ stopped }) => stopped),
          ]}
          show={showCount}
        />
      </Card>
      <Card
        title="Attempts"
        note="All attempts in this range, also those of players who tried the level before."
        figures={attemptFigures(levels)}
        wide
      />
    </div>
  )
}

const Worst = (level: Level) => (
  <>
    Most players stop at level {level.level}: {showCount(level.stopped)} of the {showCount(level.reached)} players who
    reached it ({showShare(shareOf(level.stopped, level))}).
  </>
)

const playerFigures = (levels: Level[]) => ({
  columns: [
    { label: 'Level' },
    { label: 'Reached', show: showCount },
    { label: 'Completed', show: showCount },
    { label: 'Continuing', show: showCount },
    { label: 'Stopped', show: showCount },
    { label: 'Share that stopped', show: showShare },
  ],
  rows: levels.map((level) => [
    level.level,
    level.reached,
    level.completed,
    level.continuing,
    level.stopped,
    shareOf(level.stopped, level),
  ]),
})

const attemptFigures = (levels: Level[]) => ({
  columns: [
    { label: 'Level' },
    { label: 'Starts', show: showCount },
    { label: 'Fails', show: showCount },
    { label: 'Completes', show: showCount },
    { label: 'Attempts per completion', show: showDecimal },
    { label: 'Median time', show: showSeconds },
  ],
  rows: levels.map((level) => [
    level.level,
    level.starts,
    level.fails,
    level.completes,
    level.attempts_per_complete,
    level.median_seconds,
  ]),
})
