// Merges the sessions of all players into one sequence of moments in time order. No clock is read.
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
  const turns: Turn[] = []
  let players = 0
  const visit = (player: Player, atMs: number) => {
    const session = playSession(player, atMs, model)
    const { value: moment } = session.next()
    if (moment) insert(turns, { moment, session })
  }
  const visitNew = (atMs: number) => {
    players += 1
    visit(newPlayer(seed, players, model), atMs)
  }
  const arrivals = visits.arrivalsMs[Symbol.iterator]()
  let arrival = arrivals.next()
  for (;;) {
    while (!arrival.done && arrival.value <= (turns.at(-1)?.moment.atMs ?? arrival.value)) {
      visitNew(arrival.value)
      arrival = arrivals.next()
    }
    const turn = turns.pop()
    if (!turn) return
    const { moment, session } = turn
    yield moment
    const { value: next } = session.next()
    if (next) {
      insert(turns, { moment: next, session })
      continue
    }
    const then = visits.after(moment.player, moment.atMs)
    if (then?.who === 'same') visit(moment.player, then.atMs)
    else if (then) visitNew(then.atMs)
  }
}

/** Keeps the turns sorted, the next one last. A turn is mostly inserted near the end, where few others must move. */
function insert(turns: Turn[], turn: Turn): void {
  let low = 0
  let high = turns.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (inTimeOrder(turns[middle] as Turn, turn) > 0) low = middle + 1
    else high = middle
  }
  turns.splice(low, 0, turn)
}

/** Of two moments at the same time, the one of the player with the lower number comes first. */
function inTimeOrder(a: Turn, b: Turn): number {
  return a.moment.atMs - b.moment.atMs || a.moment.player.number - b.moment.player.number
}
