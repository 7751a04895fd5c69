// Replays a group of rejected events. A wrong field name can be corrected at the same time.
import { useEffect, useState } from 'preact/hooks'
import type { RejectionGroup, ReplayAnswer } from '../answers.ts'
import { asProblem, post } from '../api.ts'
import { showCount } from '../format.ts'
import { type Session, useSession } from '../session.ts'
import { Problem } from './states.tsx'

interface Outcome {
  accepted: number
  rejected: ReplayAnswer['rejected']
}

export function Replay({ group, onReplayed }: { group: RejectionGroup; onReplayed: () => void }) {
  const session = useSession()
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<Outcome | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const open = group.events - group.replayed
  const waitUntilStored = useStored(group, onReplayed)

  const replay = async (form: FormData) => {
    const [from, to] = [String(form.get('from')).trim(), String(form.get('to')).trim()]
    if ((from === '') !== (to === ''))
      return setProblem('To rename a field, fill in both paths. Otherwise leave both empty.')
    setBusy(true)
    setProblem(null)
    try {
      const done = await replayAll(session, group, from ? { from, to } : undefined, setOutcome)
      setOutcome(done)
      waitUntilStored(done.accepted)
      onReplayed()
    } catch (error) {
      setProblem(asProblem(error as Error).message)
    } finally {
      setBusy(false)
    }
  }

  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault()
        void replay(new FormData(event.currentTarget))
      }}
    >
      <label>
        <span>Rename field (optional)</span>
        <input name="from" placeholder="/lvl" autocomplete="off" spellcheck={false} />
      </label>
      <label>
        <span>New path</span>
        <input name="to" placeholder="/properties/level" autocomplete="off" spellcheck={false} />
      </label>
      <button type="submit" class="main" disabled={busy || open === 0}>
        {busy ? 'Replaying…' : `Replay ${showCount(open)}`}
      </button>
      {open === 0 && <p class="note">All events of this group were replayed and stored.</p>}
      {problem && <Problem message={problem} />}
      <div role="status">{outcome && <OutcomeText {...outcome} />}</div>
    </form>
  )
}

const RELOAD_AFTER_MS = 1_000
const RELOADS_MAX = 30

/** Accepted events are stored a little later. Reloads the group until it shows them as replayed. */
function useStored(group: RejectionGroup, onReplayed: () => void): (accepted: number) => void {
  const [awaited, setAwaited] = useState({ replayed: 0, reloads: 0 })
  const { replayed, reloads } = awaited
  useEffect(() => {
    if (group.replayed >= replayed || reloads >= RELOADS_MAX) return
    const timer = setTimeout(() => {
      setAwaited({ replayed, reloads: reloads + 1 })
      onReplayed()
    }, RELOAD_AFTER_MS)
    return () => clearTimeout(timer)
  }, [group, awaited])
  return (accepted) => setAwaited({ replayed: group.replayed + accepted, reloads: 0 })
}

/** One request replays a limited number of events. The answer's cursor says where the next request continues. */
async function replayAll(
  session: Session,
  { reason, name, app_version }: RejectionGroup,
  rename: { from: string; to: string } | undefined,
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome> {
  const outcome: Outcome = { accepted: 0, rejected: [] }
  let cursor: string | null | undefined
  do {
    const answer: ReplayAnswer = await post(session, 'rejections/replay', {
      group: { reason, name, app_version },
      ...(rename ? { rename } : {}),
      ...(cursor ? { cursor } : {}),
    })
    outcome.accepted += answer.accepted
    outcome.rejected.push(...answer.rejected)
    cursor = answer.next_cursor
    onOutcome({ ...outcome })
  } while (cursor)
  return outcome
}

function OutcomeText({ accepted, rejected }: Outcome) {
  return (
    <>
      <p>
        {showCount(accepted)} accepted. {showCount(rejected.length)} rejected again
        {rejected.length > 0 ? ':' : '.'}
      </p>
      <ul class="samples">
        {rejected.slice(0, 5).map(({ rejection_id, reason, path, message }) => (
          <li key={rejection_id}>
            {reason} {path}: {message}
          </li>
        ))}
      </ul>
    </>
  )
}
