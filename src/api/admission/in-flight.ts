// Limits the number of the requests in flight and the bytes of their bodies. The limits are far above the need of senders, and
// far below the memory of the process.
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { type Overload, Shed } from './overload.ts'

/** Each request takes a few KiB besides its body. */
const IN_FLIGHT_REQUESTS_MAX = 2_000
/** The bytes of bodies, as received and as inflated. Their texts and events take a few times as much memory. */
const IN_FLIGHT_BYTES_MAX = 48 * 1024 * 1024
/** New requests are refused above this. The rest is for bodies that are still being received. */
const BEGIN_BYTES_MAX = 32 * 1024 * 1024

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook {@link AdmissionHooks.hold}; null on routes without that hook. */
    share: Share | null
  }
}

/** The part of the limits that one request takes, from its key to its answer. */
export interface Share {
  /** @throws Shed if the sum would exceed the limit */
  add(bytes: number): void
  /** Runs the handler's work, and then returns the share. Without work, the end of the connection returns it. */
  during<T>(work: () => Promise<T>): Promise<T>
}

export interface AdmissionHooks {
  /** The first hook of a route: refuses requests while the system or this process is overloaded. */
  refuse: onRequestHookHandler
  /** Runs after the key is verified, so that requests without a key take no share. */
  hold: onRequestHookHandler
  /** Returns the reason for which a request would be refused now. */
  shed: () => Shed | undefined
}

export function admissionHooks(app: FastifyInstance, overload: Pick<Overload, 'shed'>): AdmissionHooks {
  const inFlight = { requests: 0, bytes: 0 }
  const isFull = () => inFlight.requests >= IN_FLIGHT_REQUESTS_MAX || inFlight.bytes >= BEGIN_BYTES_MAX
  const shed = () => overload.shed() ?? (isFull() ? tooMuch() : undefined)
  app.decorateRequest('share', null)
  return {
    shed,
    refuse(_request, _reply, done) {
      done(shed())
    },
    hold(request, reply, done) {
      request.share = openShare(inFlight, reply.raw)
      done()
    },
  }
}

/** The share of a request that has passed {@link AdmissionHooks.hold}. */
export function shareOf(request: FastifyRequest): Share {
  if (!request.share) throw new Error('The route has no hold hook.')
  return request.share
}

function openShare(inFlight: { requests: number; bytes: number }, response: ServerResponse): Share {
  let held = 0
  let isOpen = true
  let isWorkedOn = false
  inFlight.requests++
  const close = () => {
    if (!isOpen) return
    isOpen = false
    inFlight.requests--
    inFlight.bytes -= held
  }
  // The client may be gone already, and then 'close' does not come again.
  if (response.closed) close()
  else
    response.once('close', () => {
      if (!isWorkedOn) close()
    })
  return {
    add(more) {
      if (!isOpen) return
      if (inFlight.bytes + more > IN_FLIGHT_BYTES_MAX) throw tooMuch()
      held += more
      inFlight.bytes += more
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
  return new Shed('in_flight', 'The server is working on too many requests. Send the request again.')
}
