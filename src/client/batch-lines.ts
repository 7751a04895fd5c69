// Groups lines into requests within the limits of the contract. A line is never split.
import type { Entry } from './post-events.ts'
import type { Line } from './read-lines.ts'

export interface BatchLimits {
  eventsMax: number
  /** Includes one newline for each line. */
  bytesMax: number
}

export async function* batchLines(lines: AsyncIterable<Line>, limits: BatchLimits): AsyncGenerator<Entry[]> {
  let batch: Entry[] = []
  let bytes = 0
  for await (const line of lines) {
    const lineBytes = line.bytes.length + 1
    if (batch.length === limits.eventsMax || (batch.length > 0 && bytes + lineBytes > limits.bytesMax)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push({ number: line.number, json: line.bytes })
    bytes += lineBytes
  }
  if (batch.length > 0) yield batch
}
