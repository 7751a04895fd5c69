// The clients' record of a run: every event that was sent, which were acknowledged during which fault, and the gaps without
// an acknowledgement.

export interface SentEvent {
  /** The kind of the client. */
  kind: string
  /** The fault during which it was first acknowledged, or undefined if it was never acknowledged. */
  fault: string | undefined
  isAcknowledged: boolean
}

/** The figures of one kind of fault over the whole run. */
interface FaultTally {
  injected: number
  acknowledged: number
  /** The longest time during or after such a fault without an acknowledgement. */
  longestGapMs: number
  /** The longest time from the end of such a fault to the next acknowledgement, or undefined if it was not measured. */
  slowestRecoveryMs: number | undefined
  /** The longest time from the end of such a fault until new rows are stored, or undefined if it was not measured. */
  slowestStoringMs: number | undefined
}

export const BETWEEN_FAULTS = '(between faults)'

export interface Ledger {
  sent: Map<string, SentEvent>
  faults: Map<string, FaultTally>
  acknowledged(): number
  /** The number of events that were acknowledged by API processes on both sides of midnight UTC. */
  acrossMidnight(): number
  /** Errors that make the run fail, one sentence each. */
  problems: string[]
  send(kind: string, eventIds: string[]): void
  acknowledge(eventIds: string[], batchId: string | undefined): void
  begin(fault: string): void
  /** Records that the fault that began could not be injected. */
  miss(): void
  /** Records that the fault has ended and that recovery begins. */
  over(): void
  /** Records that new rows are stored. */
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
        if (!event) throw new Error(`Event ${id} was acknowledged but never sent. This is a defect of the chaos run.`)
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
  /** When the current fault ended. */
  let overMs: number | undefined
  /** True until the first acknowledgement after the end of the fault. */
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

/** Reads the day from a batch id, whose first 48 bits are the clock of the API process (UUID v7). */
function dayInside(batchId: string): number {
  return Math.floor(Number.parseInt(batchId.replaceAll('-', '').slice(0, 12), 16) / (24 * 60 * 60 * 1000))
}
