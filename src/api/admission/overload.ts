// Detects overload: a queue that does not answer or is too long, and a disk that is almost full. A timer checks both, so that a
// request is refused at once, before its body is read.
import type { FastifyBaseLogger } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import { reasonOf } from '../../error-reason.ts'
import type { EventBatch } from '../../ingest/event-batch.ts'
import { type BacklogShares, backlogShares } from './backlog-shares.ts'

const TICK_MS = 250
/** Ticks between two checks while no check fails and no event is refused. Otherwise every tick checks. */
const CHECK_TICKS = 4
/**
 * After this many ticks without an answer the queue counts as away. These are ticks and not a time, because a frozen process
 * or a changed clock counts as one tick.
 */
const SILENT_TICKS_MAX = 8
/** The part of a store's own limit that events may use. The workers' own writes need the rest. */
const STORE_SHARE_MAX = 0.75
/** The default of the free space is the smaller one of these bytes and this share of the disk. */
const DISK_FREE_BYTES_DEFAULT = 512 * 1024 * 1024
const DISK_FREE_SHARE_DEFAULT = 0.05
/**
 * At a limit of the backlog, a game that sent at least this part of it is refused. This part of the limit is kept beyond it for
 * the other games, so that the flood of one game does not refuse them.
 */
export const OTHERS_SHARE = 0.1
/** The backlog is long from this part of a limit on. */
const LONG_SHARE = 0.5

/** The reasons for refusing a request, with the seconds after which it may be sent again. */
const SHED_RETRY_SECONDS = {
  queue_silent: 2,
  backlog_batches: 5,
  backlog_bytes: 5,
  disk_full: 5,
  in_flight: 1,
}

export type ShedReason = keyof typeof SHED_RETRY_SECONDS

/** A valid request that is refused because of overload. */
export class Shed extends RequestProblem {
  readonly reason: ShedReason
  readonly retryAfterSeconds: number

  constructor(reason: ShedReason, detail: string) {
    super('unavailable', detail)
    this.reason = reason
    this.retryAfterSeconds = SHED_RETRY_SECONDS[reason]
  }
}

/** Batches in the queue that are not stored yet, without dead letters. */
export interface Backlog {
  batches: number
  bytes: number
  /** The store's own limit, if it has one. */
  bytesMax?: number | undefined
}

export interface Disk {
  freeBytes: number
  totalBytes: number
}

export interface OverloadLimits {
  /** 0: no limit. */
  backlogBatchesMax: number
  /** 0: only the store's own limit. */
  backlogBytesMax: number
  /** Absent: 512 MiB, or a twentieth of the disk if that is less. */
  diskFreeBytesMin: number | undefined
}

export interface OverloadParts {
  enqueue: (batch: EventBatch) => Promise<void>
  /** @throws if the queue does not answer */
  readBacklog: () => Promise<Backlog>
  /** Absent if the data is on another machine. */
  readDisk: (() => Promise<Disk>) | undefined
  limits: OverloadLimits
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
}

export type Overload = ReturnType<typeof watchOverload>

export function watchOverload({ enqueue, readBacklog, readDisk, limits, log }: OverloadParts) {
  let ticks = 0
  let silentTicks = 0
  let backlog: Backlog | undefined
  let disk: Disk | undefined
  const shares = backlogShares()
  const logChange = changeLog(log)
  // The answer to an enqueue proves that the queue is there.
  const enqueues = watchEnqueues(enqueue, () => {
    silentTicks = 0
  })

  const queueCheck = oneAtATime('the queue', log, async () => {
    backlog = await readBacklog()
    silentTicks = 0
    if (usedBy(backlog, limits).every(({ used, max }) => used < LONG_SHARE * max)) shares.forget()
  })
  const diskCheck = oneAtATime('the disk', log, async () => {
    disk = await readDisk?.()
  })

  function tick(): void {
    const unanswered = enqueues.areUnderWay() || queueCheck.isUnderWay() || queueCheck.hasFailed()
    silentTicks = unanswered ? silentTicks + 1 : 0
    ticks++
    const isDue = ticks % CHECK_TICKS === 0 || shed() !== undefined
    if (isDue) void diskCheck.begin()
    if (isDue || queueCheck.hasFailed()) void queueCheck.begin()
    logChange(shed(), enqueues.lastFailure())
  }

  /** Returns the reason for which the events of every game are refused now. */
  function shedAll(): Shed | undefined {
    if (silentTicks >= SILENT_TICKS_MAX) return new Shed('queue_silent', 'The queue does not answer.')
    return disk && diskShed(disk, limits)
  }

  /** Returns the reason for which events are refused now, or those of some games. */
  const shed = () => shedAll() ?? (backlog && backlogShed(backlog, limits))

  void queueCheck.begin()
  void diskCheck.begin()
  const timer = setInterval(tick, TICK_MS)
  timer.unref()
  return {
    shed,
    shedAll,
    /** Returns the reason for which the events of this game are refused because of the backlog. */
    shedGame: (gameId: number) => backlog && backlogShed(backlog, limits, { gameId, shares }),
    enqueue(batch: EventBatch): Promise<void> {
      shares.add(batch)
      return enqueues.enqueue(batch)
    },
    /** Returns the last values. They are undefined before the first check. */
    figures: () => ({ backlogBytes: backlog?.bytes, diskFreeBytes: disk?.freeBytes }),
    close: async () => clearInterval(timer),
  }
}

function watchEnqueues(enqueue: OverloadParts['enqueue'], onAnswer: () => void) {
  let underWay = 0
  /** Why the last batch could not be enqueued. For the log: it may name an internal address. */
  let lastFailure: string | undefined
  return {
    async enqueue(batch: EventBatch): Promise<void> {
      underWay++
      try {
        await enqueue(batch)
        onAnswer()
        lastFailure = undefined
      } catch (error) {
        lastFailure = `${reasonOf(error as Error)}.`
        throw error
      } finally {
        underWay--
      }
    },
    areUnderWay: () => underWay > 0,
    lastFailure: () => lastFailure,
  }
}

/** Runs one check at a time, because checks of a store that does not answer would pile up. */
function oneAtATime(what: string, log: OverloadParts['log'], work: () => Promise<void>) {
  let underWay = false
  let failed = false
  return {
    async begin() {
      if (underWay) return
      underWay = true
      try {
        await work()
        failed = false
      } catch (error) {
        if (!failed) log.warn({ reason: reasonOf(error as Error) }, `cannot check ${what}`)
        failed = true
      }
      underWay = false
    },
    isUnderWay: () => underWay,
    hasFailed: () => failed,
  }
}

/** Writes one line to the log when the reason changes. */
function changeLog(log: OverloadParts['log']) {
  let logged: ShedReason | undefined
  return (now: Shed | undefined, cause: string | undefined) => {
    if (now?.reason === logged) return
    if (now)
      log.warn(
        { reason: now.reason, ...(now.reason === 'queue_silent' && cause && { cause }) },
        `events are refused: ${now.message}`,
      )
    else log.info({ reason: logged }, 'events are accepted again')
    logged = now?.reason
  }
}

function diskShed({ freeBytes, totalBytes }: Disk, { diskFreeBytesMin }: OverloadLimits): Shed | undefined {
  const min = diskFreeBytesMin ?? Math.min(DISK_FREE_BYTES_DEFAULT, totalBytes * DISK_FREE_SHARE_DEFAULT)
  if (freeBytes >= min) return undefined
  const detail = `The disk is almost full: ${mebibytes(freeBytes)} are free, and the minimum is ${mebibytes(min)}. Free some space.`
  return new Shed('disk_full', detail)
}

/** @param of the game whose events may be taken at the limit, because others sent the most of the backlog. Absent: any game */
function backlogShed(
  backlog: Backlog,
  limits: OverloadLimits,
  of?: { gameId: number; shares: BacklogShares },
): Shed | undefined {
  for (const { measure, used, max } of usedBy(backlog, limits)) {
    if (used < max) continue
    const left = (1 + OTHERS_SHARE) * max - used
    if (of && of.shares.shareOf(of.gameId, measure) * used < left) continue
    return measure === 'batches'
      ? new Shed(
          'backlog_batches',
          `The limit of ${max} batches in the queue is reached. Check that the workers keep up.`,
        )
      : new Shed(
          'backlog_bytes',
          `The queue holds ${mebibytes(used)}, and the limit is ${mebibytes(max)}. Check that the workers keep up.`,
        )
  }
  return undefined
}

/** What the backlog uses of each limit. */
function usedBy({ batches, bytes, bytesMax = Number.POSITIVE_INFINITY }: Backlog, limits: OverloadLimits) {
  const batchesMax = limits.backlogBatchesMax || Number.POSITIVE_INFINITY
  const ownBytesMax = limits.backlogBytesMax || Number.POSITIVE_INFINITY
  return [
    { measure: 'batches' as const, used: batches, max: batchesMax },
    { measure: 'bytes' as const, used: bytes, max: Math.min(ownBytesMax, bytesMax * STORE_SHARE_MAX) },
  ]
}

const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`
