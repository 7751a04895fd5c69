// The connections that serve the reading routes are few, and all games share them. The requests of one game use two at most; the
// others wait for their turn, because a screen of the dashboard asks several reports at once.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { keyOf } from './authenticate.ts'
import { TooManyRequests } from './too-many-requests.ts'

const RUNNING_MAX = 2
const WAITING_MAX = 50
/** Equal to the time that a request waits for a connection. */
const WAIT_MS_MAX = 5_000
const RETRY_AFTER_MS = 1_000

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by {@link takeReadingTurns}: gives the turn of the request to the next one. */
    endTurn: (() => void) | null
  }
}

/** The requests of one game: how many run, and how the others begin, in order. */
interface Line {
  running: number
  waiting: Set<() => void>
}

/** Applies to all routes of this scope. */
export function takeReadingTurns(scope: FastifyInstance): void {
  const lines = new Map<number, Line>()
  scope.decorateRequest('endTurn', null)
  scope.addHook('preHandler', async (request: FastifyRequest) => {
    const { game_id: name } = keyOf(request)
    const line = lines.get(name) ?? { running: 0, waiting: new Set() }
    lines.set(name, line)
    if (line.running < RUNNING_MAX) line.running++
    else await turnIn(line)
    request.endTurn = () => {
      const [next] = line.waiting
      if (next) return next()
      line.running--
      if (line.running === 0) lines.delete(name)
    }
  })
  // Every answer comes by here, also that of an error. The database has done its work by then.
  scope.addHook('onSend', async (request: FastifyRequest, _reply: FastifyReply, payload) => {
    request.endTurn?.()
    request.endTurn = null
    return payload
  })
}

/** Resolves when another request of the line has ended, and has left its turn to this one. */
function turnIn({ waiting }: Line): Promise<void> {
  if (waiting.size >= WAITING_MAX) {
    const detail = `${WAITING_MAX} requests of this game wait already. Send fewer at the same time.`
    throw new TooManyRequests(detail, RETRY_AFTER_MS)
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const begin = () => {
    clearTimeout(timer)
    waiting.delete(begin)
    resolve()
  }
  const timer = setTimeout(() => {
    waiting.delete(begin)
    const detail = `The ${RUNNING_MAX} requests of this game that use the database take too long. Send fewer at the same time.`
    reject(new TooManyRequests(detail, RETRY_AFTER_MS))
  }, WAIT_MS_MAX)
  waiting.add(begin)
  return promise
}
