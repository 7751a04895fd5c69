// One rejected event in full: why, where, and as it was sent.

import type { StoredRejection } from '../answers.ts'
import { useAnswer } from '../api.ts'
import { showTime } from '../format.ts'
import { Dialog, Facts } from './dialog.tsx'
import { Shown } from './states.tsx'

export function RejectionDialog({ rejectionId, onClose }: { rejectionId: string; onClose: () => void }) {
  const answer = useAnswer<StoredRejection>(`rejections/${rejectionId}`)
  return (
    <Dialog title="Rejected event" onClose={onClose}>
      <Shown answer={answer}>
        {(rejection) => (
          <>
            <Facts
              facts={[
                ['Reason', rejection.reason],
                ['Where', rejection.path || '(the event itself)'],
                ['Message', rejection.message],
                ['Name', rejection.name ?? '–'],
                ['Version', rejection.app_version ?? '–'],
                ['Received', showTime(rejection.received_at)],
                ['Stored by a replay', rejection.replayed_at ? showTime(rejection.replayed_at) : 'not yet'],
                ['Write key', rejection.key_fingerprint ?? '–'],
                ['rejection_id', rejection.rejection_id],
              ]}
            />
            <h3>As it was sent</h3>
            <pre class="code">{rejection.raw}</pre>
          </>
        )}
      </Shown>
    </Dialog>
  )
}
