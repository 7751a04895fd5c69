// All players at once: their sessions, woven into one sequence of moments in time order. Virtual time: no clock is read.
import TinyQueue from 'tinyqueue'
import type { GameModel } from './game-model.ts'
import { type Moment, playSession } from './play-session.ts'
import { newPlayer, type Player } from './player.ts'
import type { Visits } from './visits.ts'

export interface GameOptions {
  seed: number
  model: GameModel
  visits: Visits
}

/** A session in play, with the moment that comes next in it. */
interface Turn {
  moment: Moment
  session: Generator<Moment, undefined>
}

/** Ends when nobody comes back; endless where the visits are. The same options give the same moments. */
export function* playGame({ seed, model, visits }: GameOptions): Generator<Moment, undefined> {
  const turns = new TinyQueue<Turn>([], inTimeOrder)
  let players = 0
  const visit = (player: Player, atMs: number) => {
    const session = playSession(player, atMs, model)
    const { value: moment } = session.next()
    if (moment) turns.push({ moment, session })
  }
  const visitNew = (atMs: number) => {
    players += 1
    visit(newPlayer(seed, players, model), atMs)
  }
  const arrivals = visits.arrivalsMs[Symbol.iterator]()
  let arrival = arrivals.next()
  for (;;) {
    while (!arrival.done && arrival.value <= (turns.peek()?.moment.atMs ?? arrival.value)) {
      visitNew(arrival.value)
      arrival = arrivals.next()
    }
    const turn = turns.pop()
    if (!turn) return
    const { moment, session } = turn
    yield moment
    const { value: next } = session.next()
    if (next) {
      turns.push({ moment: next, session })
      continue
    }
    const then = visits.after(moment.player, moment.atMs)
    if (then?.who === 'same') visit(moment.player, then.atMs)
    else if (then) visitNew(then.atMs)
  }
}

/** Of two moments at the same time the older player's comes first, so that the order never depends on the queue. */
function inTimeOrder(a: Turn, b: Turn): number {
  return a.moment.atMs - b.moment.atMs || a.moment.player.number - b.moment.player.number
}
