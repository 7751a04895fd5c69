// The same rejection has the same id, in this release and the next; anything else has another.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejectionIdOf } from './rejection-id.ts'

const TOLD = {
  game_id: 1,
  reason: 'missing_field' as const,
  event_id: '019a8e2b-7c31-7d0e-9f7e-0d6f5c1b2a39',
  raw: '{"name":"läuft 🎮"}',
}

test('the id stays what it was: an event that was rejected by the release before is told again', () => {
  const id = rejectionIdOf(TOLD)
  assert.equal(id, 'f93c4222-e79e-5512-a192-d1456b6fea31')
  assert.equal(rejectionIdOf({ ...TOLD, event_id: TOLD.event_id.toUpperCase() }), id)
})

test('another game, reason, event_id or text is another rejection', () => {
  const others = [
    { ...TOLD, game_id: 11 },
    { ...TOLD, reason: 'unknown_field' as const },
    { ...TOLD, event_id: '019a8e2b-7c31-7d0e-9f7e-0d6f5c1b2a38' },
    { ...TOLD, raw: `${TOLD.raw} ` },
  ]
  assert.equal(new Set([TOLD, ...others].map(rejectionIdOf)).size, 5)
})
