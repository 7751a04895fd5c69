// One who listens to the live tail: a stream of server-sent events with a bound on what waits to be read.
import { Readable } from 'node:stream'
import type { TailFilter } from '../../storage/events/read-tail.ts'

/** What one look can bring at most fits in several times. */
const WAITING_BYTES_MAX = 1024 * 1024

export interface LiveReader {
  filter: TailFilter
  isAllowed: () => boolean
  /** The answer's body. */
  stream: Readable
  /** Whoever does not read what was sent before is dropped instead, and told so if it ever reads again. */
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
      if (stream.readableLength <= WAITING_BYTES_MAX) {
        stream.push(text)
        return
      }
      stream.push(serverSent('dropped', '{"reason":"This reader is too slow."}'))
      end()
    },
    end,
  }
}

/** @param json one line, which JSON is unless it is made to look nice */
export function serverSent(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`
}
