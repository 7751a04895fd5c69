// A dialog with one rejected event in full: reason, path and raw text.

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
                ['Path', rejection.path || '(the event itself)'],
                ['Message', rejection.message],
                ['Name', rejection.name ?? '–'],
                ['Version', rejection.app_version ?? '–'],
                ['Received', showTime(rejection.received_at)],
                ['Replayed', rejection.replayed_at ? showTime(rejection.replayed_at) : 'no'],
                ['Key fingerprint', rejection.key_fingerprint ?? '–'],
                ['rejection_id', rejection.rejection_id],
              ]}
            />
            <h3>Raw event, as sent</h3>
            <pre class="code">{rejection.raw}</pre>
          </>
        )}
      </Shown>
    </Dialog>
  )
}
