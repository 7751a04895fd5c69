// Levels: how far players get, and at which levels they stop.

import type { Levels } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { showCount, showDecimal, showSeconds, showShare } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { NotCounted } from '../parts/not-counted.tsx'
import { Page } from '../parts/page.tsx'
import { Plot } from '../parts/plot.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { useView } from '../view.ts'

type Level = Levels['levels'][number]

export function LevelsScreen() {
  const { range } = useView()
  const answer = useAnswer<Levels>('reports/levels', { from: range.from, to: range.to })
  return (
    <Page
      title="Levels"
      about="How far players get, and where they stop. A player without an event for 7 days counts as stopped."
    >
      <Shown answer={answer}>
        {({ levels, not_counted }) => (
          <>
            <NotCounted groups={not_counted} />
            {levels.length > 0 ? <Curves levels={levels} /> : <NoLevels />}
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

const stoppedShare = ({ stopped, reached }: Level) => (reached > 0 ? stopped / reached : null)

function Curves({ levels }: { levels: Level[] }) {
  const names = levels.map(({ level }) => String(level))
  const first = Math.max(...levels.map(({ reached }) => reached), 1)
  const worst = levels.filter(({ stopped }) => stopped > 0).sort((a, b) => b.stopped - a.stopped)[0]
  return (
    <div class="cards">
      <Card
        title="Players who reached a level"
        note="Includes players who reached the level before this range."
        figures={figuresOf(levels, ['reached'], (level) => level.reached)}
      >
        <Plot
          kind="line"
          label="Share of players who reached each level"
          labels={names}
          series={[{ label: 'Reached', values: levels.map(({ reached }) => reached / first) }]}
          show={showShare}
        />
      </Card>
      <Card
        title="Players who stopped at a level"
        note={worst && <Worst {...worst} />}
        figures={figuresOf(levels, ['stopped'], (level) => level.stopped)}
      >
        <Plot
          kind="bar"
          label="Players who stopped at each level"
          labels={names}
          series={[{ label: 'Stopped', values: levels.map(({ stopped }) => stopped) }]}
          show={showCount}
        />
      </Card>
      <Card title="All levels" wide figures={allFigures(levels)} />
    </div>
  )
}

const Worst = (level: Level) => (
  <>
    Most players stop at level {level.level}: {showCount(level.stopped)} of the {showCount(level.reached)} players who
    reached it ({showShare(stoppedShare(level))}).
  </>
)

const figuresOf = (levels: Level[], [label = '']: string[], count: (level: Level) => number) => ({
  columns: [{ label: 'Level' }, { label, show: showCount }],
  rows: levels.map((level) => [level.level, count(level)]),
})

const allFigures = (levels: Level[]) => ({
  columns: [
    { label: 'Level' },
    { label: 'Starts', show: showCount },
    { label: 'Fails', show: showCount },
    { label: 'Completes', show: showCount },
    { label: 'Attempts per completion', show: showDecimal },
    { label: 'Median time', show: showSeconds },
    { label: 'Reached', show: showCount },
    { label: 'Stopped', show: showCount },
    { label: 'Share that stopped', show: showShare },
  ],
  rows: levels.map((level) => [
    level.level,
    level.starts,
    level.fails,
    level.completes,
    level.attempts_per_complete,
    level.median_seconds,
    level.reached,
    level.stopped,
    stoppedShare(level),
  ]),
})
