// Events: the number of events over time, and a list of them.

import type { SeenProperties, StoredEvent, Timeseries } from '../answers.ts'
import { useAnswer, usePages } from '../api.ts'
import { showCompact, showCount, showDay, showHour } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { EventDownload } from '../parts/event-download.tsx'
import { EventTable } from '../parts/event-table.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../parts/filters.tsx'
import { Page } from '../parts/page.tsx'
import { SeriesCard } from '../parts/series-card.tsx'
import { Empty, Problem } from '../parts/states.tsx'
import { timesOf, useView } from '../view.ts'

export function Events() {
  const { query, range } = useView()
  const name = query.get('name')
  const days = { from: range.from, to: range.to }
  const { data: seen } = useAnswer<SeenProperties>('properties', { name, ...days })
  return (
    <Page title="Events" about="The number of stored events over time, and a list of them.">
      <Filters>
        <TextFilter label="Name" name="name" suggestions={seen?.names.map((one) => one.name) ?? []} />
        <TextFilter label="Player" name="player_id" />
        <TextFilter label="Session" name="session_id" />
        <ChoiceFilter label="Split by" name="split" choices={splits(seen)} />
        <ChoiceFilter
          label="Interval"
          name="interval"
          choices={[
            ['day', 'Day'],
            ['hour', 'Hour'],
          ]}
        />
      </Filters>
      <div class="cards">
        <OverTime />
        {name && seen && <Values seen={seen} />}
        <OneByOne />
      </div>
    </Page>
  )
}

const splits = (seen: SeenProperties | undefined): [string, string][] => [
  ['name', 'Name'],
  ['none', 'No split'],
  ['platform', 'Platform'],
  ['app_version', 'Version'],
  ...(seen?.properties ?? []).map(({ property }): [string, string] => [`properties.${property}`, property]),
]

function OverTime() {
  const { query, range } = useView()
  const isHourly = query.get('interval') === 'hour'
  const split = query.get('split') ?? 'name'
  const answer = useAnswer<Timeseries>('reports/timeseries', {
    figure: 'events',
    interval: isHourly ? 'hour' : 'day',
    ...(isHourly ? timesOf(range) : { from: range.from, to: range.to }),
    name: query.get('name'),
    split: split === 'none' ? null : split,
  })
  const filtered = query.get('player_id') || query.get('session_id')
  return (
    <SeriesCard
      title={isHourly ? 'Events per hour' : 'Events per day'}
      answer={answer}
      kind="bar"
      show={showCount}
      showAxis={showCompact}
      at={isHourly ? showHour : showDay}
      wide
      {...(filtered
        ? {
            note: 'This chart counts all players and sessions. The filters Player and Session apply to the list only.',
          }
        : {})}
    />
  )
}

/** The most frequent values of each property of one event name. */
function Values({ seen }: { seen: SeenProperties }) {
  const rows = seen.properties.flatMap(({ property, type, values }) =>
    values.map(({ value, events }) => [property, type, value, events]),
  )
  return (
    <Card
      title="Property values"
      note={`In the newest ${showCount(seen.looked_at)} events, most frequent first.`}
      wide
      figures={{
        columns: [{ label: 'Property' }, { label: 'Type' }, { label: 'Value' }, { label: 'Events', show: showCount }],
        rows,
      }}
    />
  )
}

function OneByOne() {
  const { query, range } = useView()
  const filters = Object.fromEntries(['name', 'player_id', 'session_id'].map((filter) => [filter, query.get(filter)]))
  const matching = { ...timesOf(range), ...filters }
  const { rows, problem, loading, more } = usePages<StoredEvent>('events', { ...matching, limit: 100 }, 'events')
  return (
    <Card title="Newest first" wide controls={<EventDownload query={matching} />}>
      {problem && <Problem message={problem.message} />}
      {rows.length > 0 && <EventTable caption="Events, newest first" events={rows} />}
      {!loading && !problem && rows.length === 0 && (
        <Empty
          title="No matching events"
          event={{ name: query.get('name') ?? 'level_complete', properties: { level: 1 } }}
        >
          Remove a filter, choose another date range, or send an event:
        </Empty>
      )}
      {more && (
        <button type="button" onClick={more}>
          Show 100 more
        </button>
      )}
    </Card>
  )
}
