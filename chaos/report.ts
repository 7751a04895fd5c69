// The run's tables, as Markdown: they are read in a terminal and stand in docs/reliability.md.
import { type ChaosResult, failures } from './chaos.ts'
import { BETWEEN_FAULTS } from './ledger.ts'
import type { QueueKind } from './system.ts'
import { table } from './table.ts'

export function report(
  { ledger, account, notRun, seconds, logFile }: ChaosResult,
  { queue, seed }: { queue: QueueKind; seed: number },
): string {
  const lost = new Set(account.lost)
  const duplicated = new Set(account.duplicated)
  const events = [...ledger.sent].map(([id, event]) => ({ id, ...event }))
  const count = (ids: Set<string>, isIn: (event: (typeof events)[number]) => boolean) =>
    events.filter((event) => ids.has(event.id) && isIn(event)).length

  const faults = [...ledger.faults]
    .sort(([a], [b]) => Number(a === BETWEEN_FAULTS) - Number(b === BETWEEN_FAULTS) || (a < b ? -1 : 1))
    .map(([name, { injected, acknowledged, longestGapMs }]) => {
      const during = ({ fault }: (typeof events)[number]) => fault === name
      const gap = `${(longestGapMs / 1000).toFixed(1)} s`
      const times = name === BETWEEN_FAULTS ? '' : injected
      return [name, times, acknowledged, count(lost, during), count(duplicated, during), gap]
    })
  const injected = [...ledger.faults.values()].reduce((sum, one) => sum + one.injected, 0)
  const total = ['**total**', injected, ledger.acknowledged(), lost.size, duplicated.size, '']
  const head = ['fault', 'injected', 'acknowledged meanwhile', 'lost', 'duplicated', 'longest unavailability']

  const kinds = [...new Set(events.map(({ kind }) => kind))].map((name) => {
    const ofKind = ({ kind }: (typeof events)[number]) => kind === name
    const own = events.filter(ofKind)
    const acknowledged = own.filter(({ isAcknowledged }) => isAcknowledged).length
    return [name, own.length, acknowledged, count(lost, ofKind), count(duplicated, ofKind)]
  })
  const wrong = failures(ledger, account)
  return [
    table(head, [
      ...faults,
      ...notRun.map(({ name, why }) => [name, `not run: ${why}`, '', '', '', '']),
      total,
    ]),
    table(['client', 'sent', 'acknowledged', 'lost', 'duplicated'], kinds),
    `Queue on ${queue}, seed ${seed}, ${Math.round(seconds)} s: ${ledger.sent.size} events sent, ` +
      `${ledger.acknowledged()} acknowledged, ${account.stored} stored, ${lost.size} lost, ${duplicated.size} duplicated, ` +
      `${account.unknown.length} never sent; ${ledger.acrossMidnight()} were acknowledged on both sides of midnight.`,
    ...(wrong.length > 0 ? [`**Failed.**\n${wrong.join('\n')}\nWhat the system printed: ${logFile}`] : []),
    `Again, with the same choice of faults: npm run chaos -- --queue ${queue} --faults ${injected} --seed ${seed}`,
  ].join('\n\n')
}
