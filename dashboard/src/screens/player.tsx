// Player: who they are to the game, their sessions, and everything they did.

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
    <Page title="Player" about="One player: profile, sessions, and the events in their order." ranged={false}>
      <Filters>
        <TextFilter label="Player" name="player_id" placeholder="player_id" />
        <TextFilter label="Name of events" name="name" />
      </Filters>
      {playerId ? (
        <OnePlayer key={playerId} playerId={playerId} />
      ) : (
        <Empty title="Whose timeline?">
          Give a player_id as the game sends it. In Live and in Events, a player's id leads here.
        </Empty>
      )}
    </Page>
  )
}

function OnePlayer({ playerId }: { playerId: string }) {
  const answer = useAnswer<PlayerProfile>(`players/${encodeURIComponent(playerId)}`)
  if (answer.problem?.status === 404)
    return (
      <Empty title="This player is not known" event={{ name: 'session_start' }}>
        No event of {playerId} is stored. An event that was just sent is here within seconds; a rejected one
        is at Rejected.
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
  level_tried,
  level_completed,
  revenue,
}: PlayerProfile) {
  return (
    <Tiles>
      <Tile label="First day" value={showLongDay(first_day)} note={showTime(first_seen_at)} />
      <Tile label="Last seen" value={showLongDay(last_seen_at)} note={showTime(last_seen_at)} />
      <Tile label="Active days" value={showCount(active_days)} />
      <Tile
        label="Highest level"
        value={showCount(level_tried)}
        note={`completed: ${showCount(level_completed)}`}
      />
      {revenue.map(({ currency, amount_minor, purchases }) => (
        <Tile
          key={currency}
          label={`Paid, ${currency}`}
          value={showMoney(amount_minor, currency)}
          note={`in ${showCount(purchases)} purchases`}
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
      note="30 idle minutes end one. The newest 100."
      figures={{
        columns: [
          { label: 'Began (UTC)', show: showTime },
          { label: 'Length', show: showSeconds },
          { label: 'Events', show: showCount },
        ],
        rows: sessions.map(({ started_at, ended_at, events }) => [
          started_at,
          seconds(started_at, ended_at),
          events,
        ]),
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
      {rows.length > 0 && (
        <EventTable caption="Events of this player, newest first" events={rows} withoutPlayer />
      )}
      {!loading && rows.length === 0 && !problem && <p class="nothing">No such events of this player.</p>}
      {more && (
        <button type="button" onClick={more}>
          Show 100 more
        </button>
      )}
    </Card>
  )
}
