// The budgets of a day, in bytes as inflated and in events. One sender is one write key from one address: everyone has the write
// key, so a budget of the key alone would let one player silence the game. A game also has a total.
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { watchAddresses } from './addresses.ts'
import { keyOf } from './authenticate.ts'
import { type RedisScripts, shareInRedis } from './shared-spending.ts'
import { type Account, type Allowance, countSpending, KINDS, type Spendable } from './spending.ts'
import { TooManyRequests } from './too-many-requests.ts'

export interface Budgets {
  perAddress: Allowance
  perGame: Allowance
  /** A Redis client in which all API processes count together. Without it, each process counts alone. */
  redis?: RedisScripts | undefined
}

export interface BudgetHooks {
  /** Runs after the key is verified. Refuses a request whose sender or game has used up its budget, before its body is read. */
  limitBudget: onRequestHookHandler
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the hook {@link BudgetHooks.limitBudget}; null on routes without that hook. */
    budget: Budget | null
  }
}

export interface Budget {
  /**
   * Counts what the request costs, as soon as it is known.
   * @throws TooManyRequests if other requests have used up the budget in the meantime
   */
  spend(what: Spendable, amount: number): void
}

const DAY_MS = 24 * 60 * 60 * 1000
const MINUTE_MS = 60_000

export function budgetHooks(app: FastifyInstance, { perAddress, perGame, redis }: Budgets): BudgetHooks {
  app.decorateRequest('budget', null)
  const budgetAddress = watchAddresses(app)
  const share = redis && shareInRedis(redis)
  const addresses = countSpending(perAddress, { waitMsMax: DAY_MS, share })
  // A flood with the public write key must not silence the game, so all its senders may go on after a minute.
  const games = countSpending(perGame, { waitMsMax: MINUTE_MS, share })
  const hasAddressBudget = perAddress.bytes + perAddress.events > 0
  const warnOfGame = gameWarning()

  function addressAccount(request: FastifyRequest): Account | undefined {
    const { kind, key_hash } = keyOf(request)
    // A server key is the studio's own, and many players may share its address.
    const address = kind === 'write' && hasAddressBudget ? budgetAddress(request) : undefined
    return address === undefined ? undefined : addresses(`${key_hash.toString('base64')}-${address}`)
  }

  function refusalOf(request: FastifyRequest, ofAddress: Account | undefined, ofGame: Account, kinds = KINDS) {
    for (const what of kinds) {
      const waitMs = ofAddress?.waitMs(what) ?? 0
      if (waitMs > 0) return usedUp(`${perAddress[what]} ${what} a day from one address with one key`, waitMs)
    }
    for (const what of kinds) {
      const waitMs = ofGame.waitMs(what)
      if (waitMs <= 0) continue
      const budget = `${perGame[what]} ${what} a day of one game`
      warnOfGame(request, budget)
      return usedUp(budget, waitMs)
    }
    return undefined
  }

  return {
    limitBudget(request, _reply, done) {
      const ofAddress = addressAccount(request)
      const ofGame = games(`game-${keyOf(request).game_id}`)
      request.budget = {
        spend(what, amount) {
          const refusal = refusalOf(request, ofAddress, ofGame, [what])
          if (refusal) throw refusal
          ofAddress?.spend(what, amount)
          ofGame.spend(what, amount)
        },
      }
      done(refusalOf(request, ofAddress, ofGame))
    },
  }
}

/** The budget of a request that has passed {@link BudgetHooks.limitBudget}. */
export function budgetOf(request: FastifyRequest): Budget {
  if (!request.budget) throw new Error('The route has no limitBudget hook.')
  return request.budget
}

function usedUp(budget: string, waitMs: number): TooManyRequests {
  const detail = `The budget of ${budget} is used up. Keep the events, and send them again after Retry-After seconds.`
  return new TooManyRequests(detail, waitMs)
}

/** Warns of each game at most once a minute. */
function gameWarning(): (request: FastifyRequest, budget: string) => void {
  const warnedAtMs = new Map<string, number>()
  return (request, budget) => {
    const { game } = keyOf(request)
    const nowMs = performance.now()
    if (nowMs - (warnedAtMs.get(game) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return
    warnedAtMs.set(game, nowMs)
    request.log.warn({ game }, `the budget of ${budget} is used up; its requests are answered 429 for a minute at most`)
  }
}
