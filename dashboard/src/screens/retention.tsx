// Retention: how many new players come back, as a curve and as a heat map in a table.

import type { Retention } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { showCount, showDay, showShare } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { ChoiceFilter, Filters } from '../parts/filters.tsx'
import { Page } from '../parts/page.tsx'
import { Plot } from '../parts/plot.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { addDays, dayOf, useView } from '../view.ts'

export function RetentionScreen() {
  const { query, range } = useView()
  const by = query.get('by') === 'week' ? 'week' : 'day'
  const answer = useAnswer<Retention>('reports/retention', { by, from: range.from, to: range.to })
  return (
    <Page title="Retention" about="How many of the new players in this range returned.">
      <Filters>
        <ChoiceFilter
          label="Cohorts by"
          name="by"
          choices={[
            ['day', 'Day'],
            ['week', 'Week'],
          ]}
        />
      </Filters>
      <Shown answer={answer}>
        {(retention) =>
          retention.cohorts.some(({ players }) => players > 0) ? <Cohorts {...retention} /> : <NoPlayers />
        }
      </Shown>
    </Page>
  )
}

const NoPlayers = () => (
  <Empty title="No new players in this range" event={{ name: 'session_start' }}>
    A player is new on the day of the first event with their player_id. Choose another date range, or send an event:
  </Empty>
)

/** More players of a cohort may come back until its k-th day or week is over. */
const isOver = (by: Retention['by'], first_day: string, k: number) =>
  addDays(first_day, (k + 1) * (by === 'day' ? 1 : 7)) <= dayOf(Date.now())

/** The share of players who were active k days or weeks later, in all cohorts for which that period is over. */
function mean({ by, cohorts }: Retention, k: number): number | null {
  const old = cohorts.filter(({ first_day, returned }) => returned.length > k && isOver(by, first_day, k))
  const players = old.reduce((sum, cohort) => sum + cohort.players, 0)
  return players === 0 ? null : old.reduce((sum, { returned }) => sum + (returned[k] ?? 0), 0) / players
}

function Cohorts(retention: Retention) {
  const { by, cohorts } = retention
  const letter = by === 'day' ? 'D' : 'W'
  const length = Math.max(...cohorts.map(({ returned }) => returned.length))
  const steps = Array.from({ length }, (_, k) => k)
  const means = steps.map((k) => mean(retention, k))
  const known = steps.slice(1).filter((k) => means[k] !== null)
  const curve = {
    columns: [{ label: by === 'day' ? 'Day' : 'Week' }, { label: 'Active again', show: showShare }],
    rows: known.map((k) => [`${letter}${k}`, means[k] ?? null]),
  }
  const figures = {
    columns: [{ label: 'First day' }, { label: 'Players' }, ...steps.slice(1).map((k) => ({ label: `${letter}${k}` }))],
    rows: cohorts.map(({ first_day, players, returned }) => [
      first_day,
      players,
      ...steps.slice(1).map((k) => returned[k] ?? null),
    ]),
  }
  return (
    <div class="cards">
      <Card
        title="Mean of all cohorts"
        figures={curve}
        wide
        note="The mean for a day or week includes only the cohorts for which it has ended."
      >
        <Plot
          kind="line"
          label="Share of players active again, by time since their first day"
          labels={known.map((k) => `${letter}${k}`)}
          series={[{ label: 'Active again', values: known.map((k) => means[k] ?? null) }]}
          show={showShare}
        />
      </Card>
      <Card
        title="Cohorts"
        figures={figures}
        wide
        note="Each value is a share of the cohort. Values in italics may still grow. The CSV file contains numbers of players."
      >
        <HeatMap {...retention} steps={steps.slice(1)} means={means} letter={letter} />
      </Card>
    </div>
  )
}

interface HeatMapProps extends Retention {
  steps: number[]
  means: (number | null)[]
  letter: string
}

function HeatMap({ by, cohorts, steps, means, letter }: HeatMapProps) {
  return (
    <Scroll label="Cohorts">
      <table class="heat">
        <caption class="unseen">Share of each cohort that was active again</caption>
        <thead>
          <tr>
            <th scope="col">First day</th>
            <th scope="col" class="number">
              Players
            </th>
            {steps.map((k) => (
              <th key={k} scope="col" class="number">
                {letter}
                {k}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr class="mean">
            <th scope="row">Mean</th>
            <td class="number">{showCount(cohorts.reduce((sum, { players }) => sum + players, 0))}</td>
            {steps.map((k) => (
              <Heat key={k} share={means[k] ?? null} />
            ))}
          </tr>
          {cohorts.map(({ first_day, players, returned }) => (
            <tr key={first_day}>
              <th scope="row">{showDay(first_day)}</th>
              <td class="number">{showCount(players)}</td>
              {steps.map((k) => {
                const count = returned[k]
                return (
                  <Heat
                    key={k}
                    share={count === undefined || players === 0 ? null : count / players}
                    isOpen={!isOver(by, first_day, k)}
                    title={count === undefined ? '' : `${showCount(count)} of ${showCount(players)}`}
                  />
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** The colour follows the square root of the share, so that 10 % and 2 % look different. */
function Heat({ share, title = '', isOpen }: { share: number | null; title?: string; isOpen?: boolean }) {
  if (share === null) return <td />
  const heat = Math.round(Math.sqrt(Math.min(share, 1)) * 100)
  return (
    <td
      class={isOpen ? 'number open' : 'number'}
      style={{ '--heat': `${heat}%` }}
      title={isOpen ? `${title} so far` : title}
    >
      {showShare(share)}
    </td>
  )
}
