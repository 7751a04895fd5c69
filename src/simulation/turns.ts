// The sessions in play, ordered by their next moment: a binary heap, in which the earliest turn is the first element.
import type { Moment } from './play-session.ts'

/** A session in play, with its next moment. */
export interface Turn {
  moment: Moment
  session: Generator<Moment, undefined>
}

/** If two moments have the same time, the player with the lower number is first. */
function isBefore(a: Turn, b: Turn): boolean {
  const difference = a.moment.atMs - b.moment.atMs || a.moment.player.number - b.moment.player.number
  return difference < 0
}

export function addTurn(heap: Turn[], turn: Turn): void {
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
export function takeTurn(heap: Turn[]): Turn | undefined {
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
