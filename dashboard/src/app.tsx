// The dashboard's frame: sign-in, navigation and screens.

import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { LocationProvider, Route, Router } from 'preact-iso'
import { ask, asProblem } from './api.ts'
import { Navigation } from './parts/navigation.tsx'
import { Page } from './parts/page.tsx'
import { Problem } from './parts/states.tsx'
import { Economy } from './screens/economy.tsx'
import { Events } from './screens/events.tsx'
import { FunnelScreen } from './screens/funnel.tsx'
import { LevelsScreen } from './screens/levels.tsx'
import { Live } from './screens/live.tsx'
import { OverviewScreen } from './screens/overview.tsx'
import { PlayerScreen } from './screens/player.tsx'
import { Rejected } from './screens/rejected.tsx'
import { RetentionScreen } from './screens/retention.tsx'
import { RevenueScreen } from './screens/revenue.tsx'
import { SignIn } from './screens/sign-in.tsx'
import { type Session, SessionContext } from './session.ts'

export function App() {
  const [session, setSession] = useState<Session | null>(null)
  const [why, setWhy] = useState<string>()
  const [busy, setBusy] = useState(true)
  const signOut = useCallback((reason?: string) => {
    setSession(null)
    setWhy(reason)
    // After a refusal there is no session to end.
    if (reason === undefined) void ask('/v1/session', { method: 'DELETE' }).catch(() => undefined)
  }, [])
  const signIn = useCallback((found: Promise<Session | null>) => {
    setBusy(true)
    found
      .then((one) => {
        setWhy(undefined)
        setSession(one)
      })
      .catch((error: Error) => setWhy(asProblem(error).message))
      .finally(() => setBusy(false))
  }, [])
  useEffect(() => signIn(currentSession()), [signIn])
  const signedIn = useMemo(
    () => session && { ...session, signOut, showGame: (game: string) => setSession({ ...session, game }) },
    [session, signOut],
  )

  if (!signedIn) return <SignIn why={why} busy={busy} onKey={(key) => signIn(beginSession(key))} />
  return (
    <SessionContext.Provider value={signedIn}>
      <LocationProvider>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <Navigation />
        <main id="content" tabIndex={-1}>
          <Screens key={signedIn.game} />
        </main>
      </LocationProvider>
    </SessionContext.Provider>
  )
}

async function currentSession(): Promise<Session | null> {
  return sessionOf(await ask('/v1/session'))
}

async function beginSession(key: string): Promise<Session | null> {
  return sessionOf(await ask('/v1/session', { method: 'POST', key }))
}

async function sessionOf(answer: Response): Promise<Session | null> {
  const { games } = (await answer.json()) as { games: string[] }
  const [game] = games
  return game === undefined ? null : { game, games }
}

function Screens() {
  return (
    <Router>
      <Route path="/" component={OverviewScreen} />
      <Route path="/live" component={Live} />
      <Route path="/events" component={Events} />
      <Route path="/retention" component={RetentionScreen} />
      <Route path="/levels" component={LevelsScreen} />
      <Route path="/funnel" component={FunnelScreen} />
      <Route path="/economy" component={Economy} />
      <Route path="/revenue" component={RevenueScreen} />
      <Route path="/player" component={PlayerScreen} />
      <Route path="/rejected" component={Rejected} />
      <Route default component={NotFound} />
    </Router>
  )
}

function NotFound() {
  return (
    <Page title="Page not found" about="" ranged={false}>
      <Problem message="The dashboard has no page at this address. Choose a page from the navigation." />
    </Page>
  )
}
