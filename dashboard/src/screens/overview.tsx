// Overview: the main figures of the game, compared with the previous period.

import type { Figures, OverviewReport, Timeseries } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { NOTHING, showCompact, showCount, showDay, showMoney, showSeconds, showShare } from '../format.ts'
import { Page } from '../parts/page.tsx'
import { SeriesCard } from '../parts/series-card.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { addDays, earlier, isToday, useView } from '../view.ts'

export function OverviewScreen() {
  const { range } = useView()
  const days = { from: range.from, to: range.to }
  const answer = useAnswer<OverviewReport>('reports/overview', days)
  // Today is not over, so comparisons and stickiness use the days before it.
  const yesterday = addDays(range.to, -1)
  const isOfToday = isToday(range.to)
  const full = { from: earlier(range.from, yesterday), to: yesterday }
  const ofFullDays = useAnswer<OverviewReport>(isOfToday ? 'reports/overview' : null, full)
  return (
    <Page
      title="Overview"
      about="The main figures, compared with the previous period of the same length. Today is not over, so it is left out. Active players are compared with the day before, up to the same time of day. Days are in UTC."
    >
      <Shown answer={answer}>
        {(overview) => (
          <>
            <OverviewTiles overview={overview} full={isOfToday ? ofFullDays.data : overview} />
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

interface TilesProps {
  overview: OverviewReport
  /** Without today. Undefined while it loads. */
  full: OverviewReport | undefined
}

function OverviewTiles({ overview: { current, active, to }, full }: TilesProps) {
  const stickiness = full?.active.mau ? showShare(full.active.dau / full.active.mau) : NOTHING
  const counted = (name: 'players' | 'new_players' | 'sessions' | 'events') => ({
    value: showCount(current[name]),
    ...(full && {
      compared: { now: full.current[name], before: full.previous[name], shownBefore: showCount(full.previous[name]) },
    }),
  })
  return (
    <Tiles>
      <Tile label="Players" {...counted('players')} />
      <Tile label="New players" {...counted('new_players')} />
      <Tile label="Sessions" {...counted('sessions')} />
      <Tile
        label="Mean session"
        value={showSeconds(current.session_seconds)}
        {...(full && {
          compared: {
            now: full.current.session_seconds,
            before: full.previous.session_seconds,
            shownBefore: showSeconds(full.previous.session_seconds),
          },
        })}
      />
      <Tile label="Events" {...counted('events')} />
      <MoneyTiles current={current} full={full} />
      <Tile
        label={isToday(to) ? 'Active today so far' : 'Active on the last day'}
        value={showCount(active.dau)}
        compared={{ now: active.dau, before: active.day_before, shownBefore: showCount(active.day_before) }}
        note={`7 days ${showCount(active.wau)} · 30 days ${showCount(active.mau)} · stickiness ${stickiness}`}
      />
    </Tiles>
  )
}

/** A tile for each currency of the range and of the range before, so that a currency that fell to nothing is seen. */
function MoneyTiles({ current, full }: { current: Figures; full: OverviewReport | undefined }) {
  const all = [current.revenue, full?.current.revenue ?? [], full?.previous.revenue ?? []].flat()
  const currencies = [...new Set(all.map(({ currency }) => currency))]
  if (currencies.length === 0) return <Tile label="Revenue" value={NOTHING} note="no purchases" />
  const amountOf = (figures: Figures, wanted: string) =>
    figures.revenue.find(({ currency }) => currency === wanted)?.amount_minor ?? 0
  return currencies.map((currency) => {
    const [now, before] = full ? [amountOf(full.current, currency), amountOf(full.previous, currency)] : [null, null]
    return (
      <Tile
        key={currency}
        label={`Revenue, ${currency}`}
        value={showMoney(amountOf(current, currency), currency)}
        {...(full && { compared: { now, before, shownBefore: showMoney(before, currency) } })}
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
