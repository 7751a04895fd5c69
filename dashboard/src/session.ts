// The session: the admin key stays in this tab (sessionStorage) and is sent only in a header.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

export interface Session {
  key: string
  game: string
}

const STORED_AS = 'playtrace_key'

export const storedKey = () => sessionStorage.getItem(STORED_AS)
export const storeKey = (key: string) => sessionStorage.setItem(STORED_AS, key)
export const forgetKey = () => sessionStorage.removeItem(STORED_AS)

export interface SignedIn extends Session {
  /** @param why is shown on the sign-in page */
  signOut(why?: string): void
}

export const SessionContext = createContext<SignedIn | null>(null)

export function useSession(): SignedIn {
  const session = useContext(SessionContext)
  if (!session) throw new Error('This component needs a session.')
  return session
}
