// Adds up in Redis what all API processes let one sender spend. Only senders that have spent a notable part of their budget are
// there, and each entry expires when its budget is full again, so the entries are few.

/** The part of a Redis client that runs a script. */
export interface RedisScripts {
  eval(script: string, keys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>
}

/** A part of a budget, in the ms that its refill takes: bytes, then events. */
export type Parts = [bytes: number, events: number]

/**
 * Adds what one process let a sender spend.
 * @param partsMax what is spent never counts as more than this
 * @returns what all processes let it spend
 */
export type ShareSpending = (name: string, parts: Parts, partsMax: Parts) => Promise<Parts>

/** The entries in Redis begin with this. */
const NAMES_START = 'playtrace-budget-'

/** The clock of Redis is the one clock of all processes. An entry has the times at which its budgets are full again. */
const ADD = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local spent = {}
for at = 1, 2 do
  local full = math.max(tonumber(redis.call('hget', KEYS[1], at) or 0), now)
  full = math.min(full + ARGV[at], now + ARGV[at + 2])
  redis.call('hset', KEYS[1], at, full)
  spent[at] = math.ceil(full - now)
end
redis.call('pexpire', KEYS[1], math.max(spent[1], spent[2], 1))
return spent`

export function shareInRedis(redis: RedisScripts): ShareSpending {
  return async (name, parts, partsMax) => (await redis.eval(ADD, 1, NAMES_START + name, ...parts, ...partsMax)) as Parts
}
