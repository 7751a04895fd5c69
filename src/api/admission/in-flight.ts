// Limits the number of the requests in flight and the bytes of their bodies. The limits are far above the need of senders, and
// far below the memory of the process.
//
// A game may hold as much as is free. So one game alone may hold half of a limit, two games a third each, and whatever some
// games send, there is room for another one.
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { keyOf } from './authenticate.ts'
import { type Overload, Shed } from './overload.ts'

/** Each request takes a few KiB besides its body. */
const IN_FLIGHT_REQUESTS_MAX = 4_000
/** The bytes of bodies, as received and as inflated. Their texts and events take a few times as much memory. */
const IN_FLIGHT_BYTES_MAX = 64 * 1024 * 1024
/** While bodies are being received, they may take a game this far beyond the limit for its new requests. */
const RECEIVING_FACTOR = 2

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook {@link AdmissionHooks.hold}; null on routes without that hook. */
    share: Share | null
  }
}

/** The part of the limits that one request takes, from its key to its answer. */
export interface Share {
  /** @throws Shed if the game would hold too much */
  add(bytes: number): void
  /** Runs the handler's work, and then returns the share. Without work, the end of the connection returns it. */
  during<T>(work: () => Promise<T>): Promise<T>
}

export type AdmittingOverload = Pick<Overload, 'shed' | 'shedAll' | 'shedGame'>

export interface AdmissionHooks {
  /** The first hook of a route: refuses requests while the system is overloaded for every game. */
  refuse: onRequestHookHandler
  /** Runs after the key is verified, so that requests without a key take no share. Refuses requests of a game that has too much in the queue or in flight. */
  hold: onRequestHookHandler
  /** Returns the reason for which requests, or those of one game, would be refused now. */
  shed: () => Shed | undefined
}

export function admissionHooks(app: FastifyInstance, overload: AdmittingOverload): AdmissionHooks {
  const inFlight = countInFlight()
  app.decorateRequest('share', null)
  return {
    shed: () => overload.shed() ?? (inFlight.isAnyFull() ? tooMuch() : undefined),
    refuse(_request, _reply, done) {
      done(overload.shedAll())
    },
    hold(request, reply, done) {
      const { game_id } = keyOf(request)
      const shed = overload.shedGame(game_id) ?? (inFlight.isFull(game_id) ? tooMuch() : undefined)
      if (shed) return done(shed)
      request.share = openShare(inFlight.begin(game_id), reply.raw)
      done()
    },
  }
}

/** The share of a request that has passed {@link AdmissionHooks.hold}. */
export function shareOf(request: FastifyRequest): Share {
  if (!request.share) throw new Error('The route has no hold hook.')
  return request.share
}

interface Held {
  requests: number
  bytes: number
}

/** The bytes of one request, which count for its game and for the process. */
interface RequestBytes {
  /** @throws Shed */
  add(bytes: number): void
  end(): void
}

function countInFlight() {
  const all: Held = { requests: 0, bytes: 0 }
  const games = new Map<number, Held>()
  const isTooMuch = ({ requests, bytes }: Held) =>
    requests >= IN_FLIGHT_REQUESTS_MAX - all.requests || bytes >= IN_FLIGHT_BYTES_MAX - all.bytes
  return {
    isFull: (gameId: number) => isTooMuch(games.get(gameId) ?? NOTHING),
    isAnyFull: () => games.values().some(isTooMuch),
    begin(gameId: number): RequestBytes {
      const game = games.get(gameId) ?? { ...NOTHING }
      games.set(gameId, game)
      game.requests++
      all.requests++
      let held = 0
      return {
        add(bytes) {
          const free = IN_FLIGHT_BYTES_MAX - all.bytes - bytes
          if (game.bytes + bytes > RECEIVING_FACTOR * free) throw tooMuch()
          held += bytes
          game.bytes += bytes
          all.bytes += bytes
        },
        end() {
          all.requests--
          all.bytes -= held
          game.bytes -= held
          if (--game.requests === 0) games.delete(gameId)
        },
      }
    },
  }
}

const NOTHING: Readonly<Held> = { requests: 0, bytes: 0 }

function openShare(bytes: RequestBytes, response: ServerResponse): Share {
  let isOpen = true
  let isWorkedOn = false
  const close = () => {
    if (isOpen) bytes.end()
    isOpen = false
  }
  // The client may be gone already, and then 'close' does not come again.
  if (response.closed) close()
  else
    response.once('close', () => {
      if (!isWorkedOn) close()
    })
  return {
    add(more) {
      if (isOpen) bytes.add(more)
    },
    async during(work) {
      isWorkedOn = true
      try {
        return await work()
      } finally {
        close()
      }
    },
  }
}

export function tooMuch(): Shed {
  return new Shed('in_flight', 'The server is working on too many requests of this game. Send the request again.')
}
