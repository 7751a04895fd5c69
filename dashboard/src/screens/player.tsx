// Player: the profile, sessions and events of one player.

import type { PlayerProfile, StoredEvent } from '../answers.ts'
import { useAnswer, usePages } from '../api.ts'
import { NOTHING, showCount, showLongDay, showMoney, showSeconds, showTime } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { EventTable } from '../parts/event-table.tsx'
import { Filters, TextFilter } from '../parts/filters.tsx'
import { Page } from '../parts/page.tsx'
import { Empty, Problem, Shown } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { useView } from '../view.ts'

export function PlayerScreen() {
  const { query } = useView()
  const playerId = query.get('player_id')
  return (
    <Page title="Player" about="The profile, sessions and events of one player." ranged={false}>
      <Filters>
        <TextFilter label="Player" name="player_id" placeholder="player_id" />
        <TextFilter label="Event name" name="name" />
      </Filters>
      {playerId ? (
        <OnePlayer key={playerId} playerId={playerId} />
      ) : (
        <Empty title="Choose a player">
          Enter a player_id as the game sends it, or choose a player in Live or Events.
        </Empty>
      )}
    </Page>
  )
}

function OnePlayer({ playerId }: { playerId: string }) {
  const answer = useAnswer<PlayerProfile>(`players/${encodeURIComponent(playerId)}`)
  if (answer.problem?.status === 404)
    return (
      <Empty title="Player not found" event={{ name: 'session_start' }}>
        No event of {playerId} is stored. A new event appears here within seconds. The Rejected screen shows rejected
        events. To send an event:
      </Empty>
    )
  return (
    <Shown answer={answer}>
      {(player) => (
        <>
          <Profile {...player} />
          <div class="cards">
            <Sessions sessions={player.sessions} />
            <Timeline playerId={playerId} />
          </div>
        </>
      )}
    </Shown>
  )
}

function Profile({
  first_seen_at,
  last_seen_at,
  active_days,
  first_day,
  newest_level,
  newest_level_completed,
  revenue,
}: PlayerProfile) {
  return (
    <Tiles>
      <Tile label="First day" value={showLongDay(first_day)} note={showTime(first_seen_at)} />
      <Tile label="Last seen" value={showLongDay(last_seen_at)} note={showTime(last_seen_at)} />
      <Tile label="Active days" value={showCount(active_days)} />
      <Tile
        label="Newest level"
        value={newest_level ?? NOTHING}
        note={`completed: ${newest_level_completed ?? NOTHING}`}
      />
      {revenue.map(({ currency, amount_minor, purchases }) => (
        <Tile
          key={currency}
          label={`Paid, ${currency}`}
          value={showMoney(amount_minor, currency)}
          note={`${showCount(purchases)} purchases`}
        />
      ))}
      {revenue.length === 0 && <Tile label="Paid" value={NOTHING} note="no purchases" />}
    </Tiles>
  )
}

function Sessions({ sessions }: Pick<PlayerProfile, 'sessions'>) {
  const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000
  return (
    <Card
      title="Sessions"
      wide
      note="The newest 100 sessions. A session ends after 30 minutes without an event."
      figures={{
        columns: [
          { label: 'Start (UTC)', show: showTime },
          { label: 'Duration', show: showSeconds },
          { label: 'Events', show: showCount },
        ],
        rows: sessions.map(({ started_at, ended_at, events }) => [started_at, seconds(started_at, ended_at), events]),
      }}
    />
  )
}

function Timeline({ playerId }: { playerId: string }) {
  const { query } = useView()
  const { rows, problem, loading, more } = usePages<StoredEvent>(
    'events',
    { player_id: playerId, name: query.get('name'), limit: 100 },
    'events',
  )
  return (
    <Card title="Timeline" wide note="Newest first.">
      {problem && <Problem message={problem.message} />}
      {rows.length > 0 && <EventTable caption="Events of this player, newest first" events={rows} withoutPlayer />}
      {!loading && rows.length === 0 && !problem && <p class="nothing">This player has no matching events.</p>}
      {more && (
        <button type="button" onClick={more}>
          Show 100 more
        </button>
      )}
    </Card>
  )
}
