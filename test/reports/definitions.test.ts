// Every figure of the reports' routes is what the SQL in docs/reports.md makes of the stored events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quarantinedEvent } from '../batches.ts'
import { CHECKS, type Range } from './checks.ts'
import { gameHistory } from './game-history.ts'
import { openReports, readDefinitions, runDefinition, storeOutOfOrder } from './reports-system.ts'

/** Before the last of the events: what is later than today is no cohort's day, and nobody stopped after it. */
const TODAY = '2026-11-05'
const RANGES: Range[] = [
  { from: '2026-10-11', to: '2026-11-10' },
  { from: '2026-10-14', to: '2026-10-24' },
  { from: '2026-10-20', to: '2026-10-20' },
]
/** The last line orders the rows, so their order is part of the definition. */
const OUTER_ORDER = /\n[^(\n]*\border by [^\n]*\n$/

const REJECTED_AT = [
  '2026-10-13T23:59:59.999999Z',
  '2026-10-14T00:00:00.000Z',
  '2026-10-20T12:00:00.000Z',
  '2026-10-20T23:59:59.999Z',
  '2026-11-10T01:00:00.000Z',
]

test('what the API answers is what the definitions say', async (t) => {
  const system = await openReports(t, Date.parse(`${TODAY}T12:00:00Z`))
  await storeOutOfOrder(system, gameHistory())
  for (const received_at of REJECTED_AT) {
    await system.store([], [quarantinedEvent({ received_at }), quarantinedEvent({ received_at, game_id: 2 })])
  }
  const definitions = readDefinitions()
  assert.deepEqual(
    [...new Set(CHECKS.map(({ definition }) => definition))].sort(),
    [...definitions.keys()].sort(),
    'each definition is checked',
  )
  for (const { definition, path, rows, values = () => ({}) } of CHECKS) {
    for (const range of RANGES) {
      const asked = path(range)
      await t.test(`${definition}: ${asked}`, async () => {
        const given = { game_id: 1, today: TODAY, ...range, ...values(range) }
        const statement = definitions.get(definition) ?? assert.fail(definition)
        const expected = await runDefinition(system.database, statement, given)
        const answered = rows(JSON.parse(await system.get(asked)) as never)
        assert.ok(expected.length > 0, 'there is something to compare')
        const isOrdered = OUTER_ORDER.test(statement)
        assert.deepEqual(comparable(answered, isOrdered), comparable(expected, isOrdered))
      })
    }
  }
})

/** Rows with their members in the order of their names and times in one spelling; sorted, if their order means nothing. */
function comparable(rows: unknown[], isOrdered: boolean): string[] {
  const texts = rows.map((row) => spelled(row as Record<string, unknown>))
  return isOrdered ? texts : texts.sort()
}

function spelled(row: Record<string, unknown>): string {
  const members = Object.entries(row).map(([key, value]) => [key, isTime(value) ? moment(value) : value])
  return JSON.stringify(Object.fromEntries(members.sort()))
}

const isTime = (value: unknown) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)
/** To the microsecond. */
const moment = (value: unknown) =>
  String(value)
    .replace(/\+00:00$/, 'Z')
    .replace(/(\.\d*?)0*Z$/, '$1Z')
    .replace('.Z', 'Z')
