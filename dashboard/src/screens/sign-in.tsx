// The sign-in form, which asks for a key that may read.
import icon from '../icon.svg'

interface Props {
  why: string | undefined
  busy: boolean
  onKey(key: string): void
}

export function SignIn({ why, busy, onKey }: Props) {
  return (
    <main class="sign-in">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault()
          const key = new FormData(event.currentTarget).get('key')
          if (typeof key === 'string' && key.trim()) onKey(key.trim())
        }}
      >
        <h1>
          <img src={icon} alt="" width="32" height="32" /> Playtrace
        </h1>
        <label>
          <span>Read or admin key</span>
          <input
            name="key"
            type="password"
            autocomplete="current-password"
            placeholder="pt_a_…"
            required
            autofocus
            spellcheck={false}
          />
        </label>
        {why && (
          <p class="problem" role="alert">
            {why}
          </p>
        )}
        <button type="submit" class="main" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <p class="note">
          <code>npm start</code> prints the admin key. To make another key, run{' '}
          <code>npm run playtrace -- keys add --game demo --kind read</code>. The browser stays signed in for 30 days,
          and keeps no key.
        </p>
      </form>
    </main>
  )
}
