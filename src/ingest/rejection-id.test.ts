// The same rejection has the same id in every release, and another rejection has another id.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejectionIdOf } from './rejection-id.ts'

const REJECTION = {
  game_id: 1,
  reason: 'missing_field' as const,
  event_id: '019a8e2b-7c31-7d0e-9f7e-0d6f5c1b2a39',
  raw: '{"name":"läuft 🎮"}',
}

test('a release gives an event the same id as the release before', () => {
  const id = rejectionIdOf(REJECTION)
  assert.equal(id, 'f93c4222-e79e-5512-a192-d1456b6fea31')
  assert.equal(rejectionIdOf({ ...REJECTION, event_id: REJECTION.event_id.toUpperCase() }), id)
})

test('another game, reason, event_id or text is another rejection', () => {
  const others = [
    { ...REJECTION, game_id: 11 },
    { ...REJECTION, reason: 'unknown_field' as const },
    { ...REJECTION, event_id: '019a8e2b-7c31-7d0e-9f7e-0d6f5c1b2a38' },
    { ...REJECTION, raw: `${REJECTION.raw} ` },
  ]
  assert.equal(new Set([REJECTION, ...others].map(rejectionIdOf)).size, 5)
})
