// A reader of the live tail: a stream of server-sent events with a limit on unread bytes.
import { Readable } from 'node:stream'
import type { TailFilter } from '../../storage/events/read-tail.ts'

/** Several times the most that one poll sends. */
const WAITING_BYTES_MAX = 1024 * 1024

export interface LiveReader {
  filter: TailFilter
  isAllowed: () => boolean
  /** The answer's body. */
  stream: Readable
  /** A reader with too many unread bytes gets `dropped` instead, and its stream ends. */
  send(text: string): void
  end(): void
}

export function liveReader(filter: TailFilter, isAllowed: () => boolean): LiveReader {
  const stream = new Readable({ read() {} })
  let ended = false
  const end = () => {
    if (!ended) stream.push(null)
    ended = true
  }
  return {
    filter,
    isAllowed,
    stream,
    send(text) {
      if (ended || stream.destroyed) return
      const isTooSlow = stream.readableLength > WAITING_BYTES_MAX
      stream.push(isTooSlow ? serverSent('dropped', '{"reason":"The client reads too slowly."}') : text)
      if (isTooSlow) end()
    },
    end,
  }
}

/** @param json in one line */
export function serverSent(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`
}
