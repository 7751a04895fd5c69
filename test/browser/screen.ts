// What a check of a screen is given.
import type { Dashboard } from './dashboard.ts'
import type { Game } from './played-game.ts'

export interface Screen {
  /** Signed in. */
  dashboard: Dashboard
  game: Game
  /** The game's range, as an address has it. */
  days: string
}
