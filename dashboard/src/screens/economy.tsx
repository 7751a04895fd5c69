// Economy: how much of each resource players gained and spent.

import type { Resources } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { showCompact, showCount, showDay } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { NotCounted } from '../parts/not-counted.tsx'
import { Page } from '../parts/page.tsx'
import { Plot } from '../parts/plot.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { isToday, useView } from '../view.ts'

type Resource = Resources['resources'][number]

export function Economy() {
  const { range } = useView()
  const answer = useAnswer<Resources>('reports/resources', { from: range.from, to: range.to })
  return (
    <Page title="Economy" about="How much of each resource players gained (sources) and spent (sinks).">
      <Shown answer={answer}>
        {({ resources, not_counted }) => (
          <>
            <NotCounted groups={not_counted} />
            {resources.length === 0 && <NoResources />}
            {resources.map((resource) => (
              <OneResource key={resource.resource} {...resource} />
            ))}
          </>
        )}
      </Shown>
    </Page>
  )
}

const NoResources = () => (
  <Empty
    title="No resources in this range"
    event={{ name: 'resource_source', properties: { resource: 'coins', amount: 100, item: 'daily_gift' } }}
  >
    This report counts resource_source and resource_sink events. For example:
  </Empty>
)

function OneResource({ resource, source, sink, net, items, days }: Resource) {
  const figures = {
    columns: [
      { label: 'Day', show: showDay },
      { label: 'Gained', show: showCount },
      { label: 'Spent', show: showCount },
    ],
    rows: days.map((day) => [day.day, day.source, day.sink]),
  }
  return (
    <>
      <h2 class="section">{resource}</h2>
      <Tiles>
        <Tile label="Gained" value={showCount(source)} />
        <Tile label="Spent" value={showCount(sink)} />
        <Tile
          label="Net"
          value={showCount(net)}
          note={net > 0 ? 'players gained more than they spent' : 'players did not gain more than they spent'}
        />
      </Tiles>
      <div class="cards">
        <Card title={`${resource} per day`} figures={figures}>
          <Plot
            kind="line"
            label={`${resource} gained and spent per day`}
            labels={days.map(({ day }) => showDay(day))}
            series={[
              { label: 'Gained', values: days.map((day) => day.source) },
              { label: 'Spent', values: days.map((day) => day.sink) },
            ]}
            show={showCount}
            showAxis={showCompact}
            isLastOpen={isToday(days.at(-1)?.day ?? '')}
          />
        </Card>
        <Card
          title={`${resource} by item`}
          figures={{
            columns: [
              { label: 'Item' },
              { label: 'Direction' },
              { label: 'Amount', show: showCount },
              { label: 'Events', show: showCount },
            ],
            rows: items.map(({ item, direction, amount, events }) => [
              item ?? '(none)',
              direction === 'source' ? 'gained' : 'spent',
              amount,
              events,
            ]),
          }}
        />
      </div>
    </>
  )
}
