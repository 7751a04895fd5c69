// A table of events, newest first, and a dialog with one event in full.
import { stringify } from 'lossless-json'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Explanation, StoredEvent } from '../answers.ts'
import { exact, useAnswer } from '../api.ts'
import { showTime } from '../format.ts'
import { linkTo, useView } from '../view.ts'
import { Dialog, Facts } from './dialog.tsx'
import { Scroll } from './scroll.tsx'

interface Props {
  caption: string
  events: StoredEvent[]
  /** For the events of a single player. */
  withoutPlayer?: boolean
}

export function EventTable({ caption, events, withoutPlayer = false }: Props) {
  const [opened, setOpened] = useState<StoredEvent | null>(null)
  return (
    <>
      <Scroll label={caption}>
        <table class="rows">
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">Time (UTC)</th>
              <th scope="col">Name</th>
              {!withoutPlayer && <th scope="col">Player</th>}
              <th scope="col">Version</th>
              <th scope="col">Platform</th>
              <th scope="col">Properties</th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <tr key={`${event.event_id} ${event.occurred_at}`}>
                <td class="time">{showTime(event.corrected_at)}</td>
                <td>
                  <button type="button" class="link" onClick={() => setOpened(event)}>
                    {event.name}
                  </button>
                  {event.mismatch !== null && <span class="note"> not counted: {event.mismatch}</span>}
                </td>
                {!withoutPlayer && (
                  <td>
                    <PlayerLink playerId={event.player_id} />
                  </td>
                )}
                <td>{event.app_version ?? '–'}</td>
                <td>{event.platform ?? '–'}</td>
                <td class="json">{stringify(event.properties)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {opened && <EventDialog event={opened} onClose={() => setOpened(null)} />}
    </>
  )
}

export function PlayerLink({ playerId }: { playerId: string }) {
  const { query } = useView()
  return <a href={linkTo('/player', query, { player_id: playerId })}>{playerId}</a>
}

/** Shows the stored event with all its times and its batch. */
export function EventDialog({ event, onClose }: { event: StoredEvent; onClose: () => void }) {
  const { occurred_at } = event
  const { data } = useAnswer<Explanation>(`events/${event.event_id}`, { occurred_at }, exact)
  const storedAt = data?.stored.find((one) => one.occurred_at === occurred_at)?.stored_at
  const facts: [string, ComponentChildren][] = [
    ['Player', <PlayerLink key="player" playerId={event.player_id} />],
    ['Session', event.session_id ?? '–'],
    ['Version, platform', `${event.app_version ?? '–'}, ${event.platform ?? '–'}`],
    ['occurred_at', event.occurred_at],
    ['sent_at', event.sent_at ?? '–'],
    ['received_at', event.received_at],
    ['stored_at', storedAt ?? '–'],
    [
      'corrected_at (used in reports)',
      event.clock_suspect
        ? `${event.corrected_at} (received_at, because the client’s clock is not plausible)`
        : event.corrected_at,
    ],
    ...(event.mismatch === null
      ? []
      : [['Not counted in reports', `${event.mismatch} is missing or does not fit`] as [string, string]]),
    ['event_id', event.event_id],
    ['batch_id', event.batch_id],
    ['key_fingerprint', event.key_fingerprint],
  ]
  return (
    <Dialog title={event.name} onClose={onClose}>
      <Facts facts={facts} />
      <h3>Properties</h3>
      <pre class="code">{stringify(event.properties, undefined, 2)}</pre>
    </Dialog>
  )
}
