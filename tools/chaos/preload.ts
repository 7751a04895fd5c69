// Loaded into every process of `playtrace start` in a chaos run (NODE_OPTIONS=--import), so that the program under test is
// unchanged. It redirects database connections through the proxy of the run, whose port is in the URL of this module: the
// children of `start` get no variable that Playtrace does not know. It sets the clock of every other API process to just after
// the next midnight UTC, so that an event that is sent twice is often received on two days.
import cluster from 'node:cluster'

const DAY_MS = 24 * 60 * 60 * 1000
const AFTER_MIDNIGHT_MS = 30_000

if (cluster.isWorker) {
  reachDatabaseThrough(new URL(import.meta.url).searchParams.get('databasePort') ?? '')
  if (process.argv.at(-1) === 'api' && (cluster.worker?.id ?? 0) % 2 === 0) moveClockPastMidnight()
}

function reachDatabaseThrough(port: string): void {
  for (const variable of ['DATABASE_URL', 'QUEUE_URL']) {
    const url = process.env[variable]
    if (!url?.startsWith('postgres')) continue
    process.env[variable] = Object.assign(new URL(url), { hostname: '127.0.0.1', port }).href
  }
}

function moveClockPastMidnight(): void {
  const realNow = Date.now.bind(Date)
  const shiftMs = DAY_MS - (realNow() % DAY_MS) + AFTER_MIDNIGHT_MS
  const RealDate = Date
  // A proxy, because a subclass could not be called without `new`.
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [realNow() + shiftMs] : args, newTarget),
  })
  RealDate.now = () => realNow() + shiftMs
}
