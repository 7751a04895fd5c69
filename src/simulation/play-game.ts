// Merges the sessions of all players into one sequence of moments in time order. No clock is read.
import type { GameModel } from './game-model.ts'
import { type Moment, playSession } from './play-session.ts'
import { newPlayer, type Player } from './player.ts'
import { addTurn, type Turn, takeTurn } from './turns.ts'
import type { Visits } from './visits.ts'

export interface GameOptions {
  seed: number
  model: GameModel
  visits: Visits
}

/** Ends when no player comes back, or never if the visits are endless. The same options give the same moments. */
export function* playGame({ seed, model, visits }: GameOptions): Generator<Moment, undefined> {
  const turns: Turn[] = []
  let players = 0
  const visit = (player: Player, atMs: number) => {
    const session = playSession(player, atMs, model)
    const { value: moment } = session.next()
    if (moment) addTurn(turns, { moment, session })
  }
  const visitNew = (atMs: number) => {
    players += 1
    visit(newPlayer(seed, players, model), atMs)
  }
  const arrivals = visits.arrivalsMs[Symbol.iterator]()
  let arrival = arrivals.next()
  for (;;) {
    while (!arrival.done && arrival.value <= (turns[0]?.moment.atMs ?? arrival.value)) {
      visitNew(arrival.value)
      arrival = arrivals.next()
    }
    const turn = takeTurn(turns)
    if (!turn) return
    const { moment, session } = turn
    yield moment
    const { value: next } = session.next()
    if (next) {
      addTurn(turns, { moment: next, session })
      continue
    }
    const then = visits.after(moment.player, moment.atMs)
    if (then?.who === 'same') visit(moment.player, then.atMs)
    else if (then) visitNew(then.atMs)
  }
}
