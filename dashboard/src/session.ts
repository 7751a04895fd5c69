// The session: a cookie that scripts cannot read. The page itself keeps no key.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

export interface Session {
  /** The game that is shown. */
  game: string
  /** All games of the key. Only an installation key has several. */
  games: string[]
}

export interface SignedIn extends Session {
  /** @param why is shown on the sign-in page */
  signOut(why?: string): void
  showGame(game: string): void
}

export const SessionContext = createContext<SignedIn | null>(null)

export function useSession(): SignedIn {
  const session = useContext(SessionContext)
  if (!session) throw new Error('This component needs a session.')
  return session
}
