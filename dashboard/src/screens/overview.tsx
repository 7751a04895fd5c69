// Overview: the main figures of the game, compared with the previous period.

import type { Figures, OverviewReport, Timeseries } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { NOTHING, showCompact, showCount, showDay, showMoney, showSeconds, showShare } from '../format.ts'
import { Page } from '../parts/page.tsx'
import { SeriesCard } from '../parts/series-card.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { isToday, useView } from '../view.ts'

export function OverviewScreen() {
  const { range } = useView()
  const days = { from: range.from, to: range.to }
  const answer = useAnswer<OverviewReport>('reports/overview', days)
  return (
    <Page
      title="Overview"
      about="The main figures, compared with the previous period of the same length. Days are in UTC."
    >
      <Shown answer={answer}>
        {(overview) => (
          <>
            <OverviewTiles {...overview} />
            {overview.current.events === 0 ? <NoEvents /> : <Charts days={days} />}
          </>
        )}
      </Shown>
    </Page>
  )
}

function NoEvents() {
  return (
    <Empty title="No events in this range" event={{ name: 'level_complete', properties: { level: 1 } }}>
      Choose another date range, or send an event. It is counted within seconds:
    </Empty>
  )
}

function OverviewTiles({ current, previous, active, to }: OverviewReport) {
  // Today's number of active players is not complete, so stickiness would be too low.
  const stickiness = active.mau && !isToday(to) ? showShare(active.dau / active.mau) : NOTHING
  const counted = (name: 'players' | 'new_players' | 'sessions' | 'events') => ({
    value: showCount(current[name]),
    compared: { now: current[name], before: previous[name], shownBefore: showCount(previous[name]) },
  })
  return (
    <Tiles>
      <Tile label="Players" {...counted('players')} />
      <Tile label="New players" {...counted('new_players')} />
      <Tile label="Sessions" {...counted('sessions')} />
      <Tile
        label="Mean session"
        value={showSeconds(current.session_seconds)}
        compared={{
          now: current.session_seconds,
          before: previous.session_seconds,
          shownBefore: showSeconds(previous.session_seconds),
        }}
      />
      <Tile label="Events" {...counted('events')} />
      <MoneyTiles current={current} previous={previous} />
      <Tile
        label={isToday(to) ? 'Active today so far' : 'Active on the last day'}
        value={showCount(active.dau)}
        note={`7 days ${showCount(active.wau)} · 30 days ${showCount(active.mau)} · stickiness ${stickiness}`}
      />
    </Tiles>
  )
}

function MoneyTiles({ current, previous }: { current: Figures; previous: Figures }) {
  if (current.revenue.length === 0) return <Tile label="Revenue" value={NOTHING} note="no purchases" />
  return current.revenue.map(({ currency, amount_minor }) => {
    const before = previous.revenue.find((one) => one.currency === currency)?.amount_minor ?? 0
    return (
      <Tile
        key={currency}
        label={`Revenue, ${currency}`}
        value={showMoney(amount_minor, currency)}
        compared={{ now: amount_minor, before, shownBefore: showMoney(before, currency) }}
      />
    )
  })
}

function Charts({ days }: { days: { from: string; to: string } }) {
  const series = (figure: string, more = {}) => ({ figure, interval: 'day', ...days, ...more })
  const players = useAnswer<Timeseries>('reports/timeseries', series('players'))
  const fresh = useAnswer<Timeseries>('reports/timeseries', series('new_players'))
  const sessions = useAnswer<Timeseries>('reports/timeseries', series('sessions'))
  const events = useAnswer<Timeseries>('reports/timeseries', series('events', { split: 'name' }))
  const revenue = useAnswer<Timeseries>('reports/timeseries', series('revenue'))
  return (
    <div class="cards">
      <SeriesCard title="Players per day" answer={players} show={showCount} at={showDay} wide />
      <SeriesCard title="New players per day" answer={fresh} show={showCount} at={showDay} />
      <SeriesCard title="Sessions per day" answer={sessions} show={showCount} at={showDay} />
      <SeriesCard
        title="Events per day by name"
        answer={events}
        kind="bar"
        show={showCount}
        showAxis={showCompact}
        at={showDay}
        wide
      />
      <SeriesCard title="Revenue per day" answer={revenue} kind="bar" money at={showDay} />
    </div>
  )
}
