// Levels: the curve where players stop.

import type { Levels } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { showCount, showDecimal, showSeconds, showShare } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { Page } from '../parts/page.tsx'
import { Plot } from '../parts/plot.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { useView } from '../view.ts'

type Level = Levels['levels'][number]

export function LevelsScreen() {
  const { range } = useView()
  const answer = useAnswer<Levels>('reports/levels', { from: range.from, to: range.to })
  return (
    <Page title="Levels" about="How far players come, and where they stop (away for 7 days).">
      <Shown answer={answer}>
        {({ levels }) => (levels.length > 0 ? <Curves levels={levels} /> : <NoLevels />)}
      </Shown>
    </Page>
  )
}

const NoLevels = () => (
  <Empty
    title="No levels in these days"
    event={{ name: 'level_start', properties: { level: 1, attempt: 1 } }}
  >
    Levels are counted from level_start, level_fail and level_complete, by their property level:
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
        note="Of all players who tried any level, ever."
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
      <Card title="Level by level" wide figures={allFigures(levels)} />
    </div>
  )
}

const Worst = (level: Level) => (
  <>
    Most stop at level {level.level}: {showCount(level.stopped)} of {showCount(level.reached)} who reached it
    ({showShare(stoppedShare(level))}).
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
    { label: 'Attempts a completion', show: showDecimal },
    { label: 'Median time', show: showSeconds },
    { label: 'Reached', show: showCount },
    { label: 'Stopped', show: showCount },
    { label: 'Stopped of reached', show: showShare },
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
