// Shown instead of figures: a problem, a loading text, or what to do when there are no figures yet.
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

/** Shows the figures of an answer. While new figures load, the old ones stay visible, faded. */
export function Shown<T>({ answer, children }: { answer: Answer<T>; children: (data: T) => ComponentChildren }) {
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
  /** Says how figures get here. */
  children: ComponentChildren
  /** An example event that is counted here. */
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

/** The write key is a placeholder, because the browser knows only the admin key. */
function CurlLine({ event }: { event: Record<string, unknown> }) {
  const body = JSON.stringify({ ...event, player_id: 'player-1' })
  const line = `curl -s ${location.origin}/v1/events -H 'Authorization: Bearer <write key>' -H 'Content-Type: application/json' -d '${body}'`
  return (
    <>
      <pre class="code">{line}</pre>
      <p class="note">
        <code>npm start</code> prints the write key. <code>npm run playtrace -- keys add</code> makes a new key. To send
        simulated events, run <code>npm run playtrace -- simulate</code>.
      </p>
    </>
  )
}
