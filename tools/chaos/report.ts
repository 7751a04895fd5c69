// Formats the result of a run as Markdown, for the terminal and for docs/reliability.md.
import { type ChaosOptions, type ChaosResult, failures } from './chaos.ts'
import { FAULTS } from './faults/schedule.ts'
import { BETWEEN_FAULTS, type Ledger } from './ledger.ts'
import { table } from './table.ts'

/** The target for acknowledging and storing again after a fault of the database. */
const RESUMES_MS_MAX = 5_000
/** The target for the longest gap without an acknowledgement while the database is away and the queue is on Redis. */
const ACCEPTING_GAP_MS_MAX = 2_000

const HEAD = [
  'fault',
  'injected',
  'acknowledged',
  'lost',
  'duplicated',
  'longest unavailability',
  'slowest recovery',
  'stored again after',
]

export type ReportOptions = Pick<ChaosOptions, 'queue' | 'seed' | 'faults' | 'only'>

export function report(
  { ledger, account, notRun, seconds, logFile }: ChaosResult,
  { queue, seed, faults: planned, only }: ReportOptions,
): string {
  const lost = new Set(account.lost)
  const duplicated = new Set(account.duplicated)
  const events = [...ledger.sent].map(([id, event]) => ({ id, ...event }))
  const count = (ids: Set<string>, isIn: (event: (typeof events)[number]) => boolean) =>
    events.filter((event) => ids.has(event.id) && isIn(event)).length

  const faults = [...ledger.faults]
    .sort(([a], [b]) => Number(a === BETWEEN_FAULTS) - Number(b === BETWEEN_FAULTS) || (a < b ? -1 : 1))
    .map(([name, one]) => {
      const during = ({ fault }: (typeof events)[number]) => fault === name
      const times = name === BETWEEN_FAULTS ? '' : one.injected
      const slowest = [one.longestGapMs, one.slowestRecoveryMs, one.slowestStoringMs].map(inSeconds)
      return [name, times, one.acknowledged, count(lost, during), count(duplicated, during), ...slowest]
    })
  const injected = [...ledger.faults.values()].reduce((sum, one) => sum + one.injected, 0)
  const total = ['**total**', injected, ledger.acknowledged(), lost.size, duplicated.size]

  const kinds = [...new Set(events.map(({ kind }) => kind))].map((name) => {
    const ofKind = ({ kind }: (typeof events)[number]) => kind === name
    const own = events.filter(ofKind)
    const acknowledged = own.filter(({ isAcknowledged }) => isAcknowledged).length
    return [name, own.length, acknowledged, count(lost, ofKind), count(duplicated, ofKind)]
  })
  const wrong = failures(ledger, account)
  return [
    table(HEAD, [...faults, total]),
    ...notRunLines(notRun),
    table(['client', 'sent', 'acknowledged', 'lost', 'duplicated'], kinds),
    `Queue on ${queue}, seed ${seed}, ${Math.round(seconds)} s: ${ledger.sent.size} events sent, ` +
      `${ledger.acknowledged()} acknowledged, ${account.stored} stored, ${lost.size} lost, ${duplicated.size} duplicated, ` +
      `${account.unknown.length} stored but never sent, ${ledger.acrossMidnight()} acknowledged on both sides of midnight.`,
    ...databaseLines(ledger, queue),
    ...(wrong.length > 0 ? [`**Failed.**\n${wrong.join('\n')}\nThe output of the system is in ${logFile}.`] : []),
    `To repeat the run with the same faults: npm run chaos -- --queue ${queue} --faults ${planned} --seed ${seed}` +
      (only ? ` --only ${only.map((name) => `"${name}"`).join(' ')}` : ''),
  ].join('\n\n')
}

function notRunLines(notRun: ChaosResult['notRun']): string[] {
  return [...Map.groupBy(notRun, ({ why }) => why)].map(
    ([why, ones]) => `Not injected, because ${why}: ${ones.map(({ name }) => name).join(' · ')}.`,
  )
}

/** The targets for faults of the database. A missed target is printed but does not fail the run: a busy machine is slow. */
function databaseLines({ faults }: Ledger, queue: ReportOptions['queue']): string[] {
  const tallies = FAULTS.filter(({ isOfDatabase }) => isOfDatabase).flatMap(({ name }) => faults.get(name) ?? [])
  if (tallies.length === 0) return []
  const slowest = (of: (tally: (typeof tallies)[number]) => number | undefined) =>
    Math.max(...tallies.map((tally) => of(tally) ?? 0))
  const ackMs = slowest((tally) => tally.slowestRecoveryMs)
  const storedMs = slowest((tally) => tally.slowestStoringMs)
  const gapMs = slowest((tally) => tally.longestGapMs)
  const tooSlow = (ms: number, maxMs: number) => (ms > maxMs ? ` **Too slow**: the target is ${inSeconds(maxMs)}.` : '')
  return [
    `After each fault of the database, events were acknowledged again within ${inSeconds(ackMs)} and stored again within ` +
      `${inSeconds(storedMs)}, without a manual restart.${tooSlow(Math.max(ackMs, storedMs), RESUMES_MS_MAX)}`,
    ...(queue === 'redis'
      ? [
          `The API accepted events while the database was away. The longest gap was ${inSeconds(gapMs)}.` +
            tooSlow(gapMs, ACCEPTING_GAP_MS_MAX),
        ]
      : []),
  ]
}

function inSeconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`
}
