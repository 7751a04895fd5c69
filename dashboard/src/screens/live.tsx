// Live: stored and rejected events as they arrive.
import { stringify } from 'lossless-json'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LiveRates, StoredEvent, StoredRejection } from '../answers.ts'
import { showClock, showCount, showDecimal, showSeconds } from '../format.ts'
import { type Arrived, type Tail, useTail } from '../live-stream.ts'
import { EventDialog, PlayerLink } from '../parts/event-table.tsx'
import { Filters, TextFilter } from '../parts/filters.tsx'
import { Page } from '../parts/page.tsx'
import { RejectionDialog } from '../parts/rejection-dialog.tsx'
import { Scroll } from '../parts/scroll.tsx'
import { Empty, Problem } from '../parts/states.tsx'
import { Tile, Tiles } from '../parts/tile.tsx'
import { useView } from '../view.ts'

export function Live() {
  const { query } = useView()
  const [isPaused, setPaused] = useState(false)
  const filters = Object.fromEntries(['name', 'player_id', 'app_version'].map((name) => [name, query.get(name)]))
  const tail = useTail(filters, isPaused)
  const isProblem = tail.state !== 'connected' && tail.state !== 'connecting'
  return (
    <Page title="Live" about="Stored and rejected events, within a second of their arrival." ranged={false}>
      <RateTiles rates={tail.rates} />
      <Filters>
        <TextFilter label="Name" name="name" />
        <TextFilter label="Player" name="player_id" />
        <TextFilter label="Version" name="app_version" />
        <div class="buttons">
          <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
            {isPaused ? 'Resume' : 'Pause'}
          </button>
          <button type="button" onClick={tail.clear}>
            Clear
          </button>
          <span class={tail.state === 'connected' ? 'lamp on' : 'lamp'}>
            {isPaused ? 'paused' : tail.state === 'connected' ? 'live' : 'connecting'}
          </span>
        </div>
      </Filters>
      {isProblem && <Problem message={`${tail.state} The dashboard tries again automatically.`} />}
      <Announcement tail={tail} />
      {tail.skipped > 0 && (
        <p class="note">
          {showCount(tail.skipped)} more events are not shown, because too many arrived at once. See Events and
          Rejected.
        </p>
      )}
      {tail.rows.length > 0 ? <TailTable rows={tail.rows} /> : <Waiting />}
    </Page>
  )
}

function RateTiles({ rates }: { rates: LiveRates | undefined }) {
  return (
    <Tiles>
      <Tile label="Stored per second" value={showDecimal(rates?.stored_per_second)} />
      <Tile label="Rejected per second" value={showDecimal(rates?.rejected_per_second)} />
      <Tile
        label="Batches waiting"
        value={showCount(rates?.queue?.waiting)}
        note={`being stored: ${showCount(rates?.queue?.active)}`}
      />
      <Tile label="Oldest batch" value={showSeconds(rates?.queue?.oldest_seconds)} />
    </Tiles>
  )
}

const Waiting = () => (
  <Empty title="Waiting for events" event={{ name: 'level_complete', properties: { level: 1 } }}>
    Send an event. It appears here within a second:
  </Empty>
)

const ANNOUNCE_EVERY_MS = 5_000

/** Tells a screen reader how many events arrived. Reading each event aloud would take too long. */
function Announcement({ tail }: { tail: Tail }) {
  const [words, setWords] = useState('')
  const latest = useRef(tail)
  latest.current = tail
  useEffect(() => {
    let announced = latest.current.arrived
    const timer = setInterval(() => {
      const { arrived, rows } = latest.current
      const newest = rows[0]
      if (arrived > announced && newest)
        setWords(`${showCount(arrived - announced)} new events. Newest: ${namesOf(newest)}`)
      announced = arrived
    }, ANNOUNCE_EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <p class="unseen" aria-live="polite">
      {words}
    </p>
  )
}

const namesOf = (row: Arrived) =>
  row.kind === 'stored' ? `stored ${row.event.name}` : `rejected ${row.rejection.name ?? row.rejection.reason}`

function TailTable({ rows }: { rows: Arrived[] }) {
  const [event, setEvent] = useState<StoredEvent | null>(null)
  const [rejection, setRejection] = useState<StoredRejection | null>(null)
  return (
    <>
      <Scroll label="Events, newest first" look="card tail">
        <table class="rows">
          <caption class="unseen">The newest 500 events, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Received (UTC)</th>
              <th scope="col">Verdict</th>
              <th scope="col">Name</th>
              <th scope="col">Player</th>
              <th scope="col">Version</th>
              <th scope="col">Properties or reason</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) =>
              row.kind === 'stored' ? (
                <StoredRow key={row.no} event={row.event} onOpen={setEvent} />
              ) : (
                <RejectedRow key={row.no} rejection={row.rejection} onOpen={setRejection} />
              ),
            )}
          </tbody>
        </table>
      </Scroll>
      {event && <EventDialog event={event} onClose={() => setEvent(null)} />}
      {rejection && <RejectionDialog rejectionId={rejection.rejection_id} onClose={() => setRejection(null)} />}
    </>
  )
}

function StoredRow({ event, onOpen }: { event: StoredEvent; onOpen: (event: StoredEvent) => void }) {
  return (
    <tr>
      <td class="time">{showClock(event.received_at)}</td>
      <td>
        <span class="verdict stored">stored</span>
      </td>
      <td>
        <button type="button" class="link" onClick={() => onOpen(event)}>
          {event.name}
        </button>
      </td>
      <td>
        <PlayerLink playerId={event.player_id} />
      </td>
      <td>{event.app_version ?? '–'}</td>
      <td class="json">{stringify(event.properties)}</td>
    </tr>
  )
}

interface RejectedRowProps {
  rejection: StoredRejection
  onOpen: (rejection: StoredRejection) => void
}

function RejectedRow({ rejection, onOpen }: RejectedRowProps) {
  return (
    <tr>
      <td class="time">{showClock(rejection.received_at)}</td>
      <td>
        <span class="verdict rejected">rejected</span>
      </td>
      <td>
        <button type="button" class="link" onClick={() => onOpen(rejection)}>
          {rejection.name ?? '(no name)'}
        </button>
      </td>
      <td>–</td>
      <td>{rejection.app_version ?? '–'}</td>
      <td class="why">
        {rejection.reason}: {rejection.message}
      </td>
    </tr>
  )
}
