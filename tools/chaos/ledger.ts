// What the clients know: every event they ever sent, every one that was acknowledged, during which fault; and how long
// nobody got an acknowledgement.

export interface SentEvent {
  /** Of the client that made it. */
  kind: string
  /** During which it was first acknowledged; undefined: it was not. */
  fault: string | undefined
  isAcknowledged: boolean
}

/** One kind of fault, over the whole run. */
interface FaultTally {
  injected: number
  acknowledged: number
  /** The longest time, in or after one, that no client had anything acknowledged. */
  longestGapMs: number
  /** From the end of one until a client had something acknowledged; undefined: it never ended. */
  slowestRecoveryMs: number | undefined
  /** From the end of one until rows were stored that were not there before; undefined where it is not measured. */
  slowestStoringMs: number | undefined
}

export const BETWEEN_FAULTS = '(between faults)'

export interface Ledger {
  sent: Map<string, SentEvent>
  faults: Map<string, FaultTally>
  acknowledged(): number
  /** Acknowledged by two API processes, one before and one after midnight UTC. */
  acrossMidnight(): number
  /** A good event was refused, or part of a request: a sentence each. */
  problems: string[]
  send(kind: string, eventIds: string[]): void
  acknowledge(eventIds: string[], batchId: string | undefined): void
  begin(fault: string): void
  /** What began was not injected after all. */
  miss(): void
  /** It is taken back: from here on the system recovers. */
  over(): void
  /** Rows are stored again. */
  storing(): void
  end(): void
}

export function openLedger(): Ledger {
  const sent = new Map<string, SentEvent>()
  const faults = new Map<string, FaultTally>()
  const { tally, current, noteAcknowledgement, ...course } = recordFaults(faults)
  const dayOf = new Map<string, number>()
  const onTwoDays = new Set<string>()
  let acknowledged = 0
  return {
    ...course,
    sent,
    faults,
    problems: [],
    acknowledged: () => acknowledged,
    acrossMidnight: () => onTwoDays.size,
    send(kind, eventIds) {
      for (const id of eventIds) sent.set(id, { kind, fault: undefined, isAcknowledged: false })
    },
    acknowledge(eventIds, batchId) {
      noteAcknowledgement()
      const day = batchId === undefined ? undefined : dayInside(batchId)
      for (const id of eventIds) {
        const event = sent.get(id)
        if (!event) throw new Error(`${id} was acknowledged and never sent: a defect of the chaos run.`)
        if (day !== undefined && (dayOf.get(id) ?? day) !== day) onTwoDays.add(id)
        if (day !== undefined) dayOf.set(id, day)
        if (event.isAcknowledged) continue
        Object.assign(event, { isAcknowledged: true, fault: current() })
        acknowledged++
        tally().acknowledged++
      }
    },
  }
}

interface FaultRecorder extends Pick<Ledger, 'begin' | 'miss' | 'over' | 'storing' | 'end'> {
  /** The name of the current fault. */
  current(): string
  /** The tally of the current fault. */
  tally(): FaultTally
  noteAcknowledgement(): void
}

/** Fills `faults` with the counts and times of each fault. */
function recordFaults(faults: Map<string, FaultTally>): FaultRecorder {
  let fault = BETWEEN_FAULTS
  let lastAckMs = performance.now()
  /** The time at which the current fault was taken back. */
  let overMs: number | undefined
  /** Nothing was acknowledged since `overMs`. */
  let recovering = false

  function tally(): FaultTally {
    const known = faults.get(fault) ?? emptyTally()
    faults.set(fault, known)
    return known
  }
  function noteGap(): void {
    const one = tally()
    one.longestGapMs = Math.max(one.longestGapMs, performance.now() - lastAckMs)
  }
  return {
    current: () => fault,
    tally,
    noteAcknowledgement() {
      noteGap()
      lastAckMs = performance.now()
      if (overMs === undefined || !recovering) return
      recovering = false
      const one = tally()
      one.slowestRecoveryMs = Math.max(one.slowestRecoveryMs ?? 0, lastAckMs - overMs)
    },
    begin(name) {
      noteGap()
      fault = name
      tally().injected++
    },
    miss() {
      tally().injected--
    },
    over() {
      overMs = performance.now()
      recovering = true
    },
    storing() {
      if (overMs === undefined) return
      const one = tally()
      one.slowestStoringMs = Math.max(one.slowestStoringMs ?? 0, performance.now() - overMs)
    },
    end() {
      overMs = undefined
      noteGap()
      fault = BETWEEN_FAULTS
    },
  }
}

function emptyTally(): FaultTally {
  return {
    injected: 0,
    acknowledged: 0,
    longestGapMs: 0,
    slowestRecoveryMs: undefined,
    slowestStoringMs: undefined,
  }
}

/** A batch's id is a v7 UUID: its first 48 bits are the API process's clock. */
function dayInside(batchId: string): number {
  return Math.floor(Number.parseInt(batchId.replaceAll('-', '').slice(0, 12), 16) / (24 * 60 * 60 * 1000))
}
