// Says which stored events a report leaves out, and shows an example of each kind.
import { useState } from 'preact/hooks'
import type { Revenue, StoredEvent } from '../answers.ts'
import { exact, useAnswer } from '../api.ts'
import { showCount } from '../format.ts'
import { EventDialog } from './event-table.tsx'

type LeftOut = Revenue['not_counted'][number]

const SHOWN_MAX = 5

export function NotCounted({ groups }: { groups: LeftOut[] }) {
  const [opened, setOpened] = useState<string | null>(null)
  if (groups.length === 0) return null
  const more = groups.length - SHOWN_MAX
  return (
    <section class="problem" aria-label="Events that are not counted">
      <ul>
        {groups.slice(0, SHOWN_MAX).map((group) => (
          <li key={`${group.name} ${group.path} ${group.app_version}`}>
            {sentenceOf(group)}{' '}
            <button type="button" class="link" onClick={() => setOpened(group.sample_event_id)}>
              Show one
            </button>
          </li>
        ))}
      </ul>
      {more > 0 && <p>{`And ${showCount(more)} more kinds.`}</p>}
      {opened && <Sample eventId={opened} onClose={() => setOpened(null)} />}
    </section>
  )
}

function sentenceOf({ name, reason, path, app_version, events }: LeftOut): string {
  const build = app_version === null ? 'builds without a version' : `build ${app_version}`
  const are = events === 1 ? 'event is' : 'events are'
  const why = reason === 'key' ? 'the game counts only purchases of server keys' : `${path} is missing or does not fit`
  return `${showCount(events)} ${name} ${are} stored and not counted: ${why}, in ${build}.`
}

function Sample({ eventId, onClose }: { eventId: string; onClose: () => void }) {
  const { data } = useAnswer<{ stored: StoredEvent[] }>(`events/${eventId}`, {}, exact)
  const event = data?.stored[0]
  return event ? <EventDialog event={event} onClose={onClose} /> : null
}
