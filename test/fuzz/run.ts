// `npm run fuzz -- --bodies 100000 --large 500 [--seed N]`: tries the cost of large bodies, and sends hostile bodies to a really
// running API, with a worker behind it.
// Ends with 1 on a 500, a crash, a request without an answer, memory that does not come back, or an event that the API
// accepted and the database refused, or that is neither stored nor counted as a repeat.
import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { progressBar, showProgress } from '../../src/client/terminal.ts'
import { until } from '../until.ts'
import { type HostileRequest, hostileRequest } from './bodies.ts'
import { type FuzzedSystem, startFuzzedSystem } from './fuzzed-system.ts'

const CHUNK_BODIES = 500
const CONCURRENT_REQUESTS = 16
/** A request that has no answer by then counts as a hang. */
const ANSWER_TIMEOUT_MS = 30_000
/** Memory is compared with its highest in this share of the run: before, code is still being compiled and pools filled. */
const WARM_UP_SHARE = 0.1
/** And shown so often: growth is seen by its steps, not by two ends. */
const RSS_SHOWN = 10
const RSS_TOLERANCE_MIB = 64
const RSS_TIMEOUT_MS = 60_000
const DRAIN_TIMEOUT_MS = 300_000
const EXPECTED = new Set([202, 400, 413, 415, 422])

interface Tally {
  statuses: Map<number, number>
  accepted: number
  failures: string[]
}

/** Three times the old space in which an honest body of 8 MiB can be read. */
const LARGE_HEAP_MIB = 96

const option = { type: 'string' } as const
const { values } = parseArgs({ options: { bodies: option, large: option, seed: option } })
const bodies = Number(values.bodies ?? 10_000)
const large = Number(values.large ?? 50)
const seed = Number(values.seed ?? randomInt(2 ** 31))
console.log(
  `seed ${seed}, ${bodies} bodies, ${large} of 8 MiB (again: npm run fuzz -- --bodies ${bodies} --large ${large} --seed ${seed})`,
)
const program = fileURLToPath(new URL('large-bodies.ts', import.meta.url))
const heap = `--max-old-space-size=${LARGE_HEAP_MIB}`
execFileSync(process.execPath, [heap, program, String(large), String(seed)], { stdio: 'inherit' })

const system = await startFuzzedSystem()
try {
  const startedAt = performance.now()
  const tally: Tally = { statuses: new Map(), accepted: 0, failures: [] }
  const rssMib = await sendAll(system, tally)
  const seconds = (performance.now() - startedAt) / 1000
  await judge(system, tally, rssMib, seconds)
} finally {
  await system.close()
}

/** @returns the API's memory after each chunk */
async function sendAll(target: FuzzedSystem, tally: Tally): Promise<number[]> {
  let sent = 0
  const bar = showProgress(process.stderr, () => `${progressBar(sent, bodies)} · ${sent}/${bodies} bodies`)
  const rssMib = []
  for (; sent < bodies && target.running(); sent += CHUNK_BODIES) {
    const numRuns = Math.min(CHUNK_BODIES, bodies - sent)
    await sendChunk(target, fc.sample(hostileRequest, { numRuns, seed: seed + sent }), tally, sent)
    rssMib.push(await target.apiRssMib())
  }
  bar.stop()
  return rssMib
}

async function sendChunk(target: FuzzedSystem, requests: HostileRequest[], tally: Tally, first: number) {
  let next = 0
  const sendOn = async () => {
    for (let at = next++; at < requests.length; at = next++) {
      const request = requests[at]
      if (request) await sendOne(target, request, tally, first + at)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, sendOn))
}

async function sendOne(target: FuzzedSystem, { body, headers }: HostileRequest, tally: Tally, number: number) {
  try {
    const response = await fetch(`${target.url}/v1/events`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${target.writeKey}` },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    const answer = (await response.json()) as { accepted?: number }
    tally.statuses.set(response.status, (tally.statuses.get(response.status) ?? 0) + 1)
    tally.accepted += answer.accepted ?? 0
    if (EXPECTED.has(response.status)) return
    tally.failures.push(`body ${number} was answered ${response.status}: ${about(body, headers)}`)
  } catch (error) {
    tally.failures.push(`body ${number} was not answered (${error}): ${about(body, headers)}`)
  }
}

function about(body: Buffer, headers: Record<string, string>): string {
  return `${JSON.stringify(headers)} ${body.subarray(0, 4_096).toString('base64')}`
}

async function judge(target: FuzzedSystem, tally: Tally, rssMib: number[], seconds: number) {
  const { failures, statuses, accepted } = tally
  if (!target.running()) failures.push('a process ended')
  const warmMib = Math.max(...rssMib.slice(0, Math.ceil(rssMib.length * WARM_UP_SHARE)))
  const isBack = async () => (await target.apiRssMib()) <= warmMib + RSS_TOLERANCE_MIB
  await until(isBack, RSS_TIMEOUT_MS).catch(() =>
    failures.push(`the API's memory did not come back to ${warmMib} ± ${RSS_TOLERANCE_MIB} MiB`),
  )
  const endMib = await target.apiRssMib()
  await until(() => target.drained(), DRAIN_TIMEOUT_MS)
  const { stored, repeated, refused, dead_letters } = await target.outcome()
  if (refused > 0) failures.push(`${refused} accepted events were refused by the database`)
  if (dead_letters > 0) failures.push(`${dead_letters} batches were given up on`)
  if (stored + repeated !== accepted) failures.push('accepted is not stored and repeated together')

  const byStatus = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`)
  console.log(`${bodies} bodies in ${seconds.toFixed(0)} s, answered ${byStatus.join(', ')}`)
  console.log(`${accepted} events accepted: ${stored} stored, ${repeated} repeats, ${refused} refused`)
  const step = Math.ceil(rssMib.length / RSS_SHOWN)
  const shown = rssMib.filter((_, index) => (index + 1) % step === 0)
  console.log(`resident memory of the API, MiB: ${shown.join(', ')}; at the end ${endMib}`)
  for (const failure of failures.slice(0, 20)) console.log(`FAILED: ${failure}`)
  if (failures.length > 0) process.exitCode = 1
}
