// Whether events can be taken without something breaking: is the queue there and not too full, and has the disk room? Found
// out by a timer, so that a request asks in no time, and is refused before its body is read.
import type { FastifyBaseLogger } from 'fastify'
import { RequestProblem } from '../../contract/answer.ts'
import type { EventBatch } from '../../ingest/event-batch.ts'

const TICK_MS = 250
/** Ticks between two looks while all is well; what is wrong is looked at on every tick. */
const LOOK_TICKS = 4
/**
 * So many ticks without any answer, and the queue counts as away. Ticks, not time: however long this process was frozen,
 * and wherever its clock went, that is one tick.
 */
const SILENT_TICKS_MAX = 8
/** Of what a store says that it can hold at most: past it the workers' own writes would be refused. */
const STORE_SHARE_MAX = 0.75
/** Left free unless configured otherwise: this, or that share of a disk that is small. */
const DISK_FREE_BYTES_DEFAULT = 512 * 1024 * 1024
const DISK_FREE_SHARE_DEFAULT = 0.05

/** Why a request is refused, with the seconds after which it may be sent again. */
const SHED_RETRY_SECONDS = {
  queue_silent: 2,
  backlog_batches: 5,
  backlog_bytes: 5,
  disk_full: 5,
  in_hand: 1,
}

export type ShedReason = keyof typeof SHED_RETRY_SECONDS

/** A request that is refused for the system's sake; nothing is wrong with it. */
export class Shed extends RequestProblem {
  readonly reason: ShedReason
  readonly retryAfterSeconds: number

  constructor(reason: ShedReason, detail: string) {
    super('unavailable', detail)
    this.reason = reason
    this.retryAfterSeconds = SHED_RETRY_SECONDS[reason]
  }
}

/** What is in the queue and not stored yet, dead letters apart. */
export interface Backlog {
  batches: number
  bytes: number
  /** What the store can hold at most, where it says so. */
  bytesMax?: number | undefined
}

export interface Disk {
  freeBytes: number
  totalBytes: number
}

export interface OverloadLimits {
  /** 0: no limit. */
  backlogBatchesMax: number
  /** 0: no limit but the store's own. */
  backlogBytesMax: number
  /** Absent: 512 MiB, or a twentieth of the disk where that is less. */
  diskFreeBytesMin: number | undefined
}

export interface OverloadParts {
  enqueue: (batch: EventBatch) => Promise<void>
  /** @throws where the queue gives no answer */
  readBacklog: () => Promise<Backlog>
  /** Absent: the disk that fills up is another machine's. */
  readDisk: (() => Promise<Disk>) | undefined
  limits: OverloadLimits
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
}

export interface Overload {
  /** Why no events can be taken at the moment; undefined when they can. */
  shed(): Shed | undefined
  /** Puts a batch into the queue: that it is answered is as good a sign of life as any. */
  enqueue(batch: EventBatch): Promise<void>
  /** As last seen; undefined where it was not. */
  figures(): { backlogBytes: number | undefined; diskFreeBytes: number | undefined }
  close(): Promise<void>
}

export function watchOverload({ enqueue, readBacklog, readDisk, limits, log }: OverloadParts): Overload {
  let ticks = 0
  let silentTicks = 0
  let underWay = 0
  let backlog: Backlog | undefined
  let disk: Disk | undefined
  let logged: Shed | undefined

  const failed = (what: string) => (error: unknown) => log.warn(error, `${what} could not be looked at`)
  const queueLook = look(async () => {
    backlog = await readBacklog()
    silentTicks = 0
  }, failed('the queue'))
  const diskLook = look(async () => {
    disk = await readDisk?.()
  }, failed('the disk'))

  function tick(): void {
    const unanswered = underWay > 0 || queueLook.isUnderWay() || queueLook.hasFailed()
    silentTicks = unanswered ? silentTicks + 1 : 0
    ticks++
    if (ticks % LOOK_TICKS === 0 || shed()) diskLook.begin()
    if (ticks % LOOK_TICKS === 0 || shed() || queueLook.hasFailed()) queueLook.begin()
    logChange(shed())
  }

  function shed(): Shed | undefined {
    if (silentTicks >= SILENT_TICKS_MAX) return new Shed('queue_silent', 'The queue does not answer.')
    return (disk && diskShed(disk, limits)) ?? (backlog && backlogShed(backlog, limits))
  }

  function logChange(now: Shed | undefined): void {
    if (now?.reason === logged?.reason) return
    if (now) log.warn({ reason: now.reason }, `events are refused: ${now.message}`)
    else log.info({ reason: logged?.reason }, 'events are taken again')
    logged = now
  }

  queueLook.begin()
  diskLook.begin()
  const timer = setInterval(tick, TICK_MS)
  timer.unref()
  return {
    shed,
    async enqueue(batch) {
      underWay++
      try {
        await enqueue(batch)
        silentTicks = 0
      } finally {
        underWay--
      }
    },
    figures: () => ({ backlogBytes: backlog?.bytes, diskFreeBytes: disk?.freeBytes }),
    async close() {
      clearInterval(timer)
    },
  }
}

/** One at a time: what is asked again and again of something that gives no answer piles up before it. */
function look(work: () => Promise<void>, onFirstFailure: (error: unknown) => void) {
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
        if (!failed) onFirstFailure(error)
        failed = true
      }
      underWay = false
    },
    isUnderWay: () => underWay,
    hasFailed: () => failed,
  }
}

function diskShed({ freeBytes, totalBytes }: Disk, { diskFreeBytesMin }: OverloadLimits): Shed | undefined {
  const min = diskFreeBytesMin ?? Math.min(DISK_FREE_BYTES_DEFAULT, totalBytes * DISK_FREE_SHARE_DEFAULT)
  if (freeBytes >= min) return undefined
  return new Shed(
    'disk_full',
    `The disk is almost full: ${mebibytes(freeBytes)} are free, and ${mebibytes(min)} must be.`,
  )
}

function backlogShed(backlog: Backlog, limits: OverloadLimits): Shed | undefined {
  const { batches, bytes } = backlog
  const batchesMax = limits.backlogBatchesMax || Number.POSITIVE_INFINITY
  if (batches >= batchesMax) {
    return new Shed(
      'backlog_batches',
      `${batchesMax} batches or more wait to be stored, and no more may: do the workers keep up?`,
    )
  }
  const bytesMax = Math.min(
    limits.backlogBytesMax || Number.POSITIVE_INFINITY,
    (backlog.bytesMax ?? Number.POSITIVE_INFINITY) * STORE_SHARE_MAX,
  )
  if (bytes < bytesMax) return undefined
  return new Shed(
    'backlog_bytes',
    `The queue holds ${mebibytes(bytes)}, and no more than ${mebibytes(bytesMax)} may be: do the workers keep up?`,
  )
}

const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`
