// The arguments of a check of a screen.
import type { Dashboard } from './dashboard.ts'
import type { Game } from './played-game.ts'

export interface Screen {
  /** Signed in. */
  dashboard: Dashboard
  game: Game
  /** The game's range as the query of an address. */
  days: string
}
