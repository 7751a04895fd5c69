// An empty logical database of each test's own on the Redis that test/run.ts started.
import type { TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { onEnd } from './on-end.ts'
import { REDIS_DATABASES } from './redis-server.ts'

/** Longer than any test takes. After it, the number of a test whose process was killed is given to another test. */
const TAKEN_SECONDS_MAX = 900

/** @returns undefined where there is no Redis, which run.ts reports */
export async function freshRedis(t: TestContext): Promise<string | undefined> {
  const serverUrl = process.env['TEST_REDIS_URL']
  if (!serverUrl) return undefined
  const number = await withClient(serverUrl, takeNumber)
  const url = new URL(`/${number}`, serverUrl).href
  const flush = () => withClient(url, (client) => client.flushdb())
  await flush()
  onEnd(t, async () => {
    await flush()
    await withClient(serverUrl, (ledger) => ledger.del(keyOf(number)))
  })
  return url
}

/** Database 0 holds which numbers are taken, because test files run in several processes at once. */
async function takeNumber(ledger: Redis): Promise<number> {
  for (let number = 1; number < REDIS_DATABASES; number++) {
    if (await ledger.set(keyOf(number), '', 'EX', TAKEN_SECONDS_MAX, 'NX')) return number
  }
  throw new Error(`All ${REDIS_DATABASES - 1} logical databases of the tests' Redis are taken.`)
}

function keyOf(number: number): string {
  return `taken:${number}`
}

async function withClient<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url)
  try {
    return await work(client)
  } finally {
    await client.quit()
  }
}
