// Replays a group of rejected events, with one field or property renamed where that is the cause.
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
  const awaitStored = useStored(group, onReplayed)

  const replay = async (form: FormData) => {
    const [from, to] = [String(form.get('from')).trim(), String(form.get('to')).trim()]
    if ((from === '') !== (to === '')) return setProblem('To rename, give both places; or leave both empty.')
    setBusy(true)
    setProblem(null)
    try {
      const done = await replayAll(session, group, from ? { from, to } : undefined, setOutcome)
      setOutcome(done)
      awaitStored(done.accepted)
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
        <span>Rename (optional)</span>
        <input name="from" placeholder="/lvl" autocomplete="off" spellcheck={false} />
      </label>
      <label>
        <span>to</span>
        <input name="to" placeholder="/properties/level" autocomplete="off" spellcheck={false} />
      </label>
      <button type="submit" class="main" disabled={busy || open === 0}>
        {busy ? 'Replaying…' : `Replay ${showCount(open)}`}
      </button>
      {open === 0 && <p class="note">All of this group have been stored by a replay.</p>}
      {problem && <Problem message={problem} />}
      <div role="status">{outcome && <Told {...outcome} />}</div>
    </form>
  )
}

const LOOK_AGAIN_MS = 1_000
const LOOKS_MAX = 30

/** What was accepted is stored a little later: until the group says so, it is asked again. */
function useStored(group: RejectionGroup, onReplayed: () => void): (accepted: number) => void {
  const [awaited, setAwaited] = useState({ replayed: 0, looks: 0 })
  const { replayed, looks } = awaited
  useEffect(() => {
    if (group.replayed >= replayed || looks >= LOOKS_MAX) return
    const timer = setTimeout(() => {
      setAwaited({ replayed, looks: looks + 1 })
      onReplayed()
    }, LOOK_AGAIN_MS)
    return () => clearTimeout(timer)
  }, [group, awaited])
  return (accepted) => setAwaited({ replayed: group.replayed + accepted, looks: 0 })
}

/** A replay takes so many at a time; its answer says where the next one goes on. */
async function replayAll(
  session: Session,
  { reason, name, app_version }: RejectionGroup,
  rename: { from: string; to: string } | undefined,
  tell: (outcome: Outcome) => void,
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
    tell({ ...outcome })
  } while (cursor)
  return outcome
}

function Told({ accepted, rejected }: Outcome) {
  return (
    <>
      <p>
        {showCount(accepted)} accepted: on disk, and stored once. {showCount(rejected.length)} rejected again
        {rejected.length > 0 ? ', and kept:' : '.'}
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
