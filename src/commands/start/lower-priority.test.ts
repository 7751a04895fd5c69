// The worker's priority is lowered, unless it is already lower.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { test } from 'node:test'

const TARGET = constants.priority.PRIORITY_BELOW_NORMAL
const PROGRAM = `
  import { getPriority } from 'node:os'
  import { lowerPriority } from '${new URL('./lower-priority.ts', import.meta.url)}'
  lowerPriority(${TARGET}, (error) => { throw error })
  console.log(getPriority())`

function priorityAfter(niceAtStart: number): string {
  const { stdout, stderr } = spawnSync(
    'nice',
    ['-n', String(niceAtStart), process.execPath, '--input-type=module', '-e', PROGRAM],
    { encoding: 'utf8' },
  )
  assert.equal(stderr, '')
  return stdout.trim()
}

test('lowers the priority of a process with normal priority', () => {
  assert.equal(priorityAfter(0), String(TARGET))
})

test('leaves a priority that is already lower', () => {
  assert.equal(priorityAfter(15), '15')
})
