// An answer 429: the sender is beyond a limit of its own, and other senders are not.
import { RequestProblem } from '../../contract/answer.ts'

/** The longest `Retry-After` of the wire contract. */
const RETRY_AFTER_SECONDS_MAX = 3_600

export class TooManyRequests extends RequestProblem {
  readonly retryAfterSeconds: number

  constructor(detail: string, retryAfterMs: number) {
    super('too_many_requests', detail)
    this.retryAfterSeconds = Math.min(Math.max(1, Math.ceil(retryAfterMs / 1000)), RETRY_AFTER_SECONDS_MAX)
  }
}
