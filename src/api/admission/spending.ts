// Counts what each sender spends of the budget of a day. The budget is refilled continuously, like a bucket that takes 24 hours
// to fill.
import type { Parts, ShareSpending } from './shared-spending.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** The senders that a process counts at the same time. The one that sent nothing for the longest time is forgotten. */
const SENDERS_MAX = 10_000
/** A process adds to the shared count each time it has let a sender spend a hundredth of a budget. */
const SHARED_FROM_MS = DAY_MS / 100

export type Spendable = 'bytes' | 'events'
export const KINDS: Spendable[] = ['bytes', 'events']

const PART = { bytes: 0, events: 1 } as const

/** What one sender may spend in a day. 0: no limit. */
export type Allowance = Record<Spendable, number>

export interface SpendingOptions {
  /** A sender that has exceeded its budget waits at most this long. */
  waitMsMax: number
  /** Absent: this process counts alone. */
  share?: ShareSpending | undefined
  /** A clock that is never set. */
  now?: () => number
}

export interface Account {
  /** @returns after how many ms the sender may spend again; 0 or less: now */
  waitMs(what: Spendable): number
  /** Counts the whole amount, also if it is more than the rest of the budget. */
  spend(what: Spendable, amount: number): void
}

/** @returns the function that finds the account of a sender by a name of its own */
export function countSpending(allowance: Allowance, options: SpendingOptions): (sender: string) => Account {
  const accounts = new Map<string, Account>()
  return (sender) => {
    const account = accounts.get(sender) ?? openAccount(sender, allowance, options)
    accounts.delete(sender)
    accounts.set(sender, account)
    if (accounts.size > SENDERS_MAX) accounts.delete(accounts.keys().next().value ?? sender)
    return account
  }
}

/** All amounts are kept in the ms that their refill takes, so a budget is used up when its refill takes a day. */
function openAccount(
  sender: string,
  allowance: Allowance,
  { waitMsMax, share, now = () => performance.now() }: SpendingOptions,
): Account {
  /** The refill of one byte and of one event takes this long. */
  const unitMs = KINDS.map((kind) => (allowance[kind] === 0 ? 0 : DAY_MS / allowance[kind])) as Parts
  const spentMsMax = unitMs.map((ms) => DAY_MS - ms + waitMsMax) as Parts
  /** The times at which the budgets are full again. */
  let fullAtMs: Parts = [0, 0]
  let unsharedMs: Parts = [0, 0]
  let isSharing = false

  async function shareSpent(add: ShareSpending): Promise<void> {
    const parts = unsharedMs
    unsharedMs = [0, 0]
    isSharing = true
    try {
      const spentMs = await add(sender, parts, spentMsMax)
      fullAtMs = fullAtMs.map((ms, at) => Math.max(ms, now() + (spentMs[at] ?? 0))) as Parts
    } catch {
      // Without Redis, each process counts alone, and adds its part later. The client of Redis reports the error.
      unsharedMs = unsharedMs.map((ms, at) => ms + (parts[at] ?? 0)) as Parts
    }
    isSharing = false
  }

  return {
    waitMs(what) {
      const at = PART[what]
      return fullAtMs[at] - now() + unitMs[at] - DAY_MS
    },
    spend(what, amount) {
      const at = PART[what]
      const costMs = amount * unitMs[at]
      const nowMs = now()
      fullAtMs[at] = Math.min(Math.max(fullAtMs[at], nowMs) + costMs, nowMs + spentMsMax[at])
      unsharedMs[at] += costMs
      if (share && !isSharing && unsharedMs[at] >= SHARED_FROM_MS) void shareSpent(share)
    },
  }
}
