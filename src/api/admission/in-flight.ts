// What this process holds of requests that are not answered yet. Both bounds are far above what senders need at once, and far
// below what would break the process: whatever clients do, its memory stays within them.
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { type Overload, Shed } from './overload.ts'

/** Each takes some KiB besides the bytes of its body. */
const IN_HAND_REQUESTS_MAX = 2_000
/** Of bodies, as received so far and as inflated. In memory their texts and events are a few times as much. */
const IN_HAND_BYTES_MAX = 48 * 1024 * 1024
/** From here on no request is begun; what is left is for those that are being received. */
const BEGIN_BYTES_MAX = 32 * 1024 * 1024

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook {@link AdmissionHooks.hold}; null on routes without it. */
    share: Share | null
  }
}

/** What one request holds, from its key to its answer. */
export interface Share {
  /** @throws Shed when it would be more than the process can hold */
  add(bytes: number): void
  /** What the handler does: until that ends it is held, even if the client has gone. Without it, until the client has. */
  during<T>(work: () => Promise<T>): Promise<T>
}

export interface AdmissionHooks {
  /** Before anything else that costs: refuses while the system, or this process, has too much already. */
  refuse: onRequestHookHandler
  /** After the key: strangers take no share. */
  hold: onRequestHookHandler
  /** Why a request would be refused now. */
  shed: () => Shed | undefined
}

export function admissionHooks(app: FastifyInstance, overload: Pick<Overload, 'shed'>): AdmissionHooks {
  const inHand = openInHand()
  const shed = () => overload.shed() ?? inHand.shed()
  app.decorateRequest('share', null)
  return {
    shed,
    refuse(_request, _reply, done) {
      done(shed())
    },
    hold(request, reply, done) {
      request.share = inHand.open(reply.raw)
      done()
    },
  }
}

/** The share of a request that has passed {@link AdmissionHooks.hold}. */
export function shareOf(request: FastifyRequest): Share {
  if (!request.share) throw new Error('This route forgot to ask for a share.')
  return request.share
}

function openInHand() {
  let requests = 0
  let bytes = 0
  return {
    shed: () => (requests >= IN_HAND_REQUESTS_MAX || bytes >= BEGIN_BYTES_MAX ? tooMuch() : undefined),

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
      // Gone while its key was looked at: nobody will say so again.
      if (response.closed) close()
      else
        response.once('close', () => {
          if (!isWorkedOn) close()
        })
      return {
        add(more) {
          if (!isOpen) return
          if (bytes + more > IN_HAND_BYTES_MAX) throw tooMuch()
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
  return new Shed('in_hand', 'Too many requests are in hand at this moment.')
}
