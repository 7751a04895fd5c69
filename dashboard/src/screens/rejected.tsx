// Rejected: the quarantine in groups, samples of each group, and replay.
import { useState } from 'preact/hooks'
import type { RejectionGroup, RejectionGroups } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { showCount, showTime } from '../format.ts'
import { Card } from '../parts/card.tsx'
import { Page } from '../parts/page.tsx'
import { RejectionDialog } from '../parts/rejection-dialog.tsx'
import { Replay } from '../parts/replay.tsx'
import { Empty, Shown } from '../parts/states.tsx'
import { useView } from '../view.ts'

export function Rejected() {
  const answer = useAnswer<RejectionGroups>('rejections')
  return (
    <Page
      title="Rejected"
      about="Rejected events are kept as they were sent, within limits, and can be replayed."
      ranged={false}
    >
      <Shown answer={answer}>
        {(groups) =>
          groups.groups.length === 0 ? <NoRejections /> : <Groups {...groups} onReplayed={answer.reload} />
        }
      </Shown>
    </Page>
  )
}

const NoRejections = () => (
  <Empty title="No rejected events" event={{ name: 'level_complete', lvl: 1 }}>
    A rejected event appears here with its reason. For example, this event has an unknown field:
  </Empty>
)

const idOf = ({ reason, name, app_version }: RejectionGroup) => JSON.stringify([reason, name, app_version])

function Groups({ groups, groups_left_out, not_kept, onReplayed }: RejectionGroups & { onReplayed: () => void }) {
  const { query, set } = useView()
  const chosen = groups.find((group) => idOf(group) === query.get('group'))
  const note = [
    'Choose a reason to see samples or to replay the events.',
    groups_left_out > 0 && `${showCount(groups_left_out)} smaller groups are not shown.`,
    not_kept > 0 &&
      `${showCount(not_kept)} rejected events were not kept: more than 1,000 events or 8 MiB arrived in a minute.`,
  ].filter(Boolean)
  return (
    <div class="cards">
      <Card
        title="Groups"
        wide
        note={note.join(' ')}
        figures={{
          columns: [
            {
              label: 'Reason',
              show: (reason: string, [, name = null, version = null]) => {
                const id = JSON.stringify([reason, name, version])
                return (
                  <button
                    type="button"
                    class="link"
                    aria-pressed={chosen !== undefined && idOf(chosen) === id}
                    onClick={() => set({ group: id })}
                  >
                    {reason}
                  </button>
                )
              },
            },
            { label: 'Name' },
            { label: 'Version' },
            { label: 'Kept', show: showCount },
            { label: 'Replayed', show: showCount },
            { label: 'First (UTC)', show: showTime },
            { label: 'Last (UTC)', show: showTime },
          ],
          rows: groups.map((group) => [
            group.reason,
            group.name,
            group.app_version,
            group.events,
            group.replayed,
            group.first_received_at,
            group.last_received_at,
          ]),
        }}
      />
      {chosen && <Chosen key={idOf(chosen)} group={chosen} onReplayed={onReplayed} />}
    </div>
  )
}

function Chosen({ group, onReplayed }: { group: RejectionGroup; onReplayed: () => void }) {
  const [opened, setOpened] = useState<string | null>(null)
  return (
    <>
      <Card title="Samples" note={`The newest events of ${group.name ?? '(no name)'} with the reason ${group.reason}.`}>
        <ul class="samples">
          {group.samples.map(({ rejection_id, path, message }) => (
            <li key={rejection_id}>
              <button type="button" class="link" onClick={() => setOpened(rejection_id)}>
                {path || '(the event itself)'}
              </button>{' '}
              {message}
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Replay" note="Sends the events of this group again. An event that is replayed twice is stored once.">
        <Replay group={group} onReplayed={onReplayed} />
      </Card>
      {opened && <RejectionDialog rejectionId={opened} onClose={() => setOpened(null)} />}
    </>
  )
}
