// The run's tables, as Markdown: they are read in a terminal and stand in docs/reliability.md.
import { type ChaosOptions, type ChaosResult, failures } from './chaos.ts'
import { FAULTS } from './faults/schedule.ts'
import { BETWEEN_FAULTS, type Ledger } from './ledger.ts'
import { table } from './table.ts'

/** After a fault of the database ingestion is to resume by then, and with Redis as queue not to pause longer than that. */
const RESUMES_MS_MAX = 5_000
const ACCEPTING_GAP_MS_MAX = 2_000

const HEAD = [
  'fault',
  'injected',
  'acknowledged meanwhile',
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
      `${account.unknown.length} never sent; ${ledger.acrossMidnight()} were acknowledged on both sides of midnight.`,
    ...databaseLines(ledger, queue),
    ...(wrong.length > 0 ? [`**Failed.**\n${wrong.join('\n')}\nWhat the system printed: ${logFile}`] : []),
    `Again, with the same choice of faults: npm run chaos -- --queue ${queue} --faults ${planned} --seed ${seed}` +
      (only ? ` --only ${only.map((name) => `"${name}"`).join(' ')}` : ''),
  ].join('\n\n')
}

function notRunLines(notRun: ChaosResult['notRun']): string[] {
  return [...Map.groupBy(notRun, ({ why }) => why)].map(
    ([why, ones]) => `Not run, as ${why}: ${ones.map(({ name }) => name).join(' · ')}.`,
  )
}

/** What is promised of the database's faults. Broken on a busy machine, that is no loss: it is said, and fails nothing. */
function databaseLines({ faults }: Ledger, queue: ReportOptions['queue']): string[] {
  const tallies = FAULTS.filter(({ isOfDatabase }) => isOfDatabase).flatMap(
    ({ name }) => faults.get(name) ?? [],
  )
  if (tallies.length === 0) return []
  const slowest = (of: (tally: (typeof tallies)[number]) => number | undefined) =>
    Math.max(...tallies.map((tally) => of(tally) ?? 0))
  const ackMs = slowest((tally) => tally.slowestRecoveryMs)
  const storedMs = slowest((tally) => tally.slowestStoringMs)
  const gapMs = slowest((tally) => tally.longestGapMs)
  const tooSlow = (ms: number, maxMs: number) =>
    ms > maxMs ? ` **Too slow**: it is to be ${inSeconds(maxMs)}; was the machine busy?` : ''
  return [
    `After a fault of the database ingestion resumed within ${inSeconds(ackMs)}, and storing within ${inSeconds(storedMs)}, ` +
      `with nothing restarted by hand.${tooSlow(Math.max(ackMs, storedMs), RESUMES_MS_MAX)}`,
    ...(queue === 'redis'
      ? [
          `While the database was away the API went on accepting: no pause was longer than ${inSeconds(gapMs)}.` +
            tooSlow(gapMs, ACCEPTING_GAP_MS_MAX),
        ]
      : []),
  ]
}

function inSeconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`
}
