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
import { forgetKey, type Session, SessionContext, storedKey, storeKey } from './session.ts'

export function App() {
  const [session, setSession] = useState<Session | null>(null)
  const [why, setWhy] = useState<string>()
  const [offered, setOffered] = useState(storedKey)
  const signOut = useCallback((reason?: string) => {
    forgetKey()
    setOffered(null)
    setSession(null)
    setWhy(reason)
  }, [])
  useEffect(() => {
    if (offered === null) return
    let current = true
    whoHas(offered).then(
      (found) => {
        if (!current) return
        storeKey(offered)
        setWhy(undefined)
        setSession(found)
      },
      (error: Error) => current && signOut(asProblem(error).message),
    )
    return () => {
      current = false
    }
  }, [offered, signOut])
  const signedIn = useMemo(() => session && { ...session, signOut }, [session, signOut])

  if (!signedIn) return <SignIn why={why} busy={offered !== null} onKey={setOffered} />
  return (
    <SessionContext.Provider value={signedIn}>
      <LocationProvider>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <Navigation />
        <main id="content" tabIndex={-1}>
          <Screens />
        </main>
      </LocationProvider>
    </SessionContext.Provider>
  )
}

async function whoHas(key: string): Promise<Session> {
  const { game, kind } = (await (await ask(key, '/v1/key')).json()) as { game: string; kind: string }
  if (kind === 'admin') return { key, game }
  throw new Error('This is a write key. The dashboard needs the admin key (pt_a_…) of the game.')
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
