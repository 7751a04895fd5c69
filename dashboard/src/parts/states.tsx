// What a screen shows instead of figures: that they are on their way, why there are none, and what to do.
import type { ComponentChildren } from 'preact'
import type { Answer } from '../api.ts'

export function Problem({ message, retry }: { message: string; retry?: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>{message}</p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** Figures when they are there; those of before stay, paled, while newer ones are on their way. */
export function Shown<T>({
  answer,
  children,
}: {
  answer: Answer<T>
  children: (data: T) => ComponentChildren
}) {
  const { data, problem, loading, reload } = answer
  if (problem && !loading) return <Problem message={problem.message} retry={reload} />
  if (data === undefined)
    return (
      <p class="waiting" aria-busy="true">
        Loading…
      </p>
    )
  return (
    <div class={loading ? 'shown paled' : 'shown'} aria-busy={loading}>
      {children(data)}
    </div>
  )
}

interface EmptyProps {
  title: string
  /** What makes figures appear here. */
  children: ComponentChildren
  /** An event that would be counted here. */
  event?: Record<string, unknown>
}

export function Empty({ title, children, event }: EmptyProps) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {event && <CurlLine event={event} />}
    </div>
  )
}

/** The browser knows the admin key alone: the write key has a placeholder. */
function CurlLine({ event }: { event: Record<string, unknown> }) {
  const body = JSON.stringify({ ...event, player_id: 'player-1' })
  const line = `curl -s ${location.origin}/v1/events -H 'Authorization: Bearer <write key>' -H 'Content-Type: application/json' -d '${body}'`
  return (
    <>
      <pre class="code">{line}</pre>
      <p class="note">
        The write key was printed by <code>npm start</code>; <code>npm run playtrace -- keys</code> lists the
        keys, and with <code>add</code> makes a new one. Or let a game play:{' '}
        <code>npm run playtrace -- simulate</code>.
      </p>
    </>
  )
}
