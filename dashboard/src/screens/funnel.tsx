// Funnel: how many players took each step in order, from the first time ever or from the first time in the range.

import type { Funnel, SeenProperties } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { showCount, showSeconds, showShare } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { ChoiceFilter, Filters } from '../parts/filters.tsx'
import { Page } from '../parts/page.tsx'
import { Plot } from '../parts/plot.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { StepList } from '../parts/step-list.tsx'
import { useView } from '../view.ts'

const WINDOWS: [string, string][] = [
  ['168', '7 days'],
  ['1', '1 hour'],
  ['24', '1 day'],
  ['720', '30 days'],
]

const FIRST: [string, string][] = [
  ['ever', 'the first time ever'],
  ['in_range', 'the first time in this range'],
]
const ABOUT = {
  ever: 'How many players reached the first step for the first time ever in this range, and how many of them reached the next steps.',
  in_range:
    'How many players reached the first step in this range, and how many of them then reached the next steps in this range. Players who reached a step before this range are included.',
}

export function FunnelScreen() {
  const { query, range, set } = useView()
  const days = { from: range.from, to: range.to }
  const step = query.getAll('step')
  const { data: seen } = useAnswer<SeenProperties>('properties', days)
  const first = query.get('first') === 'in_range' ? 'in_range' : 'ever'
  const isAsked = step.length >= 2
  const answer = useAnswer<Funnel>(isAsked ? 'reports/funnel' : null, {
    step,
    window_hours: query.get('window_hours') ?? '168',
    first,
    ...days,
  })
  return (
    <Page title="Funnel" about={ABOUT[first]}>
      <div class="setup">
        <StepList
          names={seen?.names.map(({ name }) => name) ?? []}
          steps={step}
          onSteps={(steps) => set({ step: steps })}
        />
        <Filters>
          <ChoiceFilter label="Within" name="window_hours" choices={WINDOWS} />
          <ChoiceFilter label="Counts" name="first" choices={FIRST} />
        </Filters>
      </div>
      {isAsked ? (
        <Shown answer={answer}>{(funnel) => <Steps {...funnel} isEver={first === 'ever'} />}</Shown>
      ) : (
        <Empty title="Choose two steps or more">
          A step is an event name, such as session_start, level_complete or purchase.
        </Empty>
      )}
    </Page>
  )
}

function Steps({ steps, isEver }: Funnel & { isEver: boolean }) {
  const first = steps[0]?.players ?? 0
  const rows = steps.map(({ name, players, median_seconds }, at) => {
    const before = steps[at - 1]?.players
    return [
      `${at + 1}. ${name}`,
      players,
      first > 0 ? players / first : null,
      before ? players / before : null,
      median_seconds,
    ]
  })
  const figures = {
    columns: [
      { label: 'Step' },
      { label: 'Players', show: showCount },
      { label: 'Share of first step', show: showShare },
      { label: 'Share of previous step', show: showShare },
      { label: 'Median time', show: showSeconds },
    ],
    rows,
  }
  if (first === 0)
    return (
      <Empty title="No player reached the first step in this range">
        {isEver && 'Only the first time ever that a player reaches a step counts. '}
        Choose another date range or another step.
      </Empty>
    )
  return (
    <div class="cards">
      <Card title="Players by step" figures={figures} wide>
        <Plot
          kind="bar"
          horizontal
          label={`Players by step: ${steps.map(({ name, players }) => `${name} ${players}`).join(', ')}`}
          labels={rows.map(([name]) => String(name))}
          series={[{ label: 'Players', values: steps.map(({ players }) => players) }]}
          show={showCount}
        />
      </Card>
      <Card title="Steps" figures={figures} wide />
    </div>
  )
}
