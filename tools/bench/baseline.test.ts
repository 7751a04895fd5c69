// `bench -- check` fails on a fall beyond the tolerance and refuses a baseline that is not comparable.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { compareFigures, readBaseline, writeBaseline } from './baseline.ts'

test('a figure may fall by the tolerance and no further', () => {
  const before = { a: 1, b: 1, c: 1, d: 1 }
  const compared = compareFigures(before, { a: 0.9, b: 0.89, c: 1.5 }, 0.1)
  assert.deepEqual(
    Object.values(compared).map(({ isWorse }) => isWorse),
    [false, true, false, true],
    'the last one was not measured',
  )
})

test('a baseline is read again, but not on another machine and not for other rows', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-baseline-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'cache', 'baseline.json')
  const baseline = { machine: 'm', commit: 'c', date: 'd', measured: 'rows', figures: { a: 0.5 } }
  await assert.rejects(readBaseline(file, baseline), /There is no baseline .*--record/)
  await writeBaseline(file, baseline)
  assert.deepEqual(await readBaseline(file, baseline), baseline)
  await assert.rejects(readBaseline(file, { ...baseline, machine: 'n' }), /another machine/)
  await assert.rejects(readBaseline(file, { ...baseline, measured: 'others' }), /other rows/)
})
