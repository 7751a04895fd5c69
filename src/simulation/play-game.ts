// Merges the sessions of all players into one sequence of moments in time order. No clock is read.
import { type Moment, playSession } from './play-session.ts'
import { newPlayer, type Player } from './player.ts'
import type { Visits } from './visits.ts'

/** Ends when no player comes back, or never if the visits are endless. The same seed and visits give the same moments. */
export function* playGame(seed: number, visits: Visits): Generator<Moment, undefined> {
  const turns: Turn[] = []
  let players = 0
  const visit = (player: Player, atMs: number) => {
    const session = playSession(player, atMs)
    const { value: moment } = session.next()
    if (moment) addTurn(turns, { moment, session })
  }
  const visitNew = (atMs: number) => {
    players += 1
    visit(newPlayer(seed, players), atMs)
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

/** A session in play, with its next moment. */
interface Turn {
  moment: Moment
  session: Generator<Moment, undefined>
}

/** If two moments have the same time, the player with the lower number is first. */
function isBefore(a: Turn, b: Turn): boolean {
  return (a.moment.atMs - b.moment.atMs || a.moment.player.number - b.moment.player.number) < 0
}

/** Adds to a binary heap, in which the earliest turn is the first element. */
function addTurn(heap: Turn[], turn: Turn): void {
  let at = heap.push(turn) - 1
  while (at > 0) {
    const parentAt = (at - 1) >>> 1
    const parent = heap[parentAt] as Turn
    if (!isBefore(turn, parent)) break
    heap[at] = parent
    at = parentAt
  }
  heap[at] = turn
}

/** Removes and returns the earliest turn. */
function takeTurn(heap: Turn[]): Turn | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (!last || heap.length === 0) return first
  let at = 0
  while (2 * at + 1 < heap.length) {
    let childAt = 2 * at + 1
    if (childAt + 1 < heap.length && isBefore(heap[childAt + 1] as Turn, heap[childAt] as Turn)) childAt++
    const child = heap[childAt] as Turn
    if (!isBefore(child, last)) break
    heap[at] = child
    at = childAt
  }
  heap[at] = last
  return first
}
