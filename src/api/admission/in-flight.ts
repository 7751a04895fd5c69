// Limits the requests in flight: their number and the bytes of their bodies. The limits are far above what senders need at
// once, and far below what would exhaust the memory of the process.
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { type Overload, Shed } from './overload.ts'

/** Each request takes a few KiB besides its body. */
const IN_FLIGHT_REQUESTS_MAX = 2_000
/** Bytes of bodies, as received so far and as inflated. Their texts and events take a few times as much memory. */
const IN_FLIGHT_BYTES_MAX = 48 * 1024 * 1024
/** Above this, new requests are refused. The rest is for bodies that are still being received. */
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
  /** Runs the handler's work. The share is given back when that ends, or without any work when the client is gone. */
  during<T>(work: () => Promise<T>): Promise<T>
}

export interface AdmissionHooks {
  /** The first hook of a route: refuses requests while the system or this process is overloaded. */
  refuse: onRequestHookHandler
  /** Runs after the key is verified, so that requests without a key take no share. */
  hold: onRequestHookHandler
  /** The reason for which a request would be refused now. */
  shed: () => Shed | undefined
}

export function admissionHooks(app: FastifyInstance, overload: Pick<Overload, 'shed'>): AdmissionHooks {
  const inFlight = countInFlight()
  const shed = () => overload.shed() ?? inFlight.shed()
  app.decorateRequest('share', null)
  return {
    shed,
    refuse(_request, _reply, done) {
      done(shed())
    },
    hold(request, reply, done) {
      request.share = inFlight.open(reply.raw)
      done()
    },
  }
}

/** The share of a request that has passed {@link AdmissionHooks.hold}. */
export function shareOf(request: FastifyRequest): Share {
  if (!request.share) throw new Error('The route has no hold hook.')
  return request.share
}

function countInFlight() {
  let requests = 0
  let bytes = 0
  return {
    shed: () => (requests >= IN_FLIGHT_REQUESTS_MAX || bytes >= BEGIN_BYTES_MAX ? tooMuch() : undefined),

    open(response: ServerResponse): Share {
      let held = 0
      let isOpen = true
      let isWorkedOn = false
      requests++
      const close = () => {
        if (!isOpen) return
        isOpen = false
        requests--
        bytes -= held
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
          if (bytes + more > IN_FLIGHT_BYTES_MAX) throw tooMuch()
          held += more
          bytes += more
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
    },
  }
}

export function tooMuch(): Shed {
  return new Shed('in_flight', 'Too many requests are in flight.')
}
