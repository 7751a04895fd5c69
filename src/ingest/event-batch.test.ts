// The data of a job is decoded to the last digit. Data that this release cannot read is an error.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBatch, type EventBatch, encodeBatch } from './event-batch.ts'

const BATCH: EventBatch = {
  batch_id: '0185abcd-ef01-7fff-bfff-ffffffffffff',
  events: [
    {
      game_id: 1,
      key_fingerprint: '0123456789ab',
      event_id: '0185abcd-ef01-7fff-bfff-000000000001',
      name: 'Ünïcode 😀',
      player_id: 'p\t\n"\\',
      session_id: null,
      seq: null,
      occurred_at: '0001-01-01T00:00:00.000Z BC',
      sent_at: null,
      received_at: '2026-11-22T12:00:00.000Z',
      corrected_at: '2026-11-22T12:00:00.000Z',
      identified_at: '0001-01-01T00:00:00.000Z BC',
      clock_suspect: true,
      app_version: '',
      platform: null,
      country: 'DE',
      properties: '{ "steam_id": 76561197960287930123,\n"price": 1.10, "a":1, "a":2, "\\u00e9": "\\\\u0000" }',
      dated: false,
    },
  ],
  quarantined: [
    {
      rejection_id: '0185abcd-ef01-7fff-bfff-000000000002',
      game_id: 1,
      event_id: null,
      received_at: '2026-11-22T12:00:00.000Z',
      reason: 'invalid_json',
      path: '',
      message: 'The event is not JSON.',
      raw: '{"name":"\u0001 broken',
      key_fingerprint: null,
      name: null,
      app_version: null,
      sent_at: null,
    },
  ],
  not_kept: [{ game_id: 1, events: 4321 }],
}

test('a batch is decoded without a change after the queue has stored it as JSON', async () => {
  const data = JSON.parse(JSON.stringify(await encodeBatch(BATCH)))
  assert.equal(data.version, 1)
  assert.deepEqual(decodeBatch(data), BATCH)
})

test('a batch of a later release is refused by its version', async () => {
  const data = { ...(await encodeBatch(BATCH)), version: 2 } as never
  assert.throws(() => decodeBatch(data), /version 2/)
})

test('damaged data is refused', async () => {
  const { zstd } = await encodeBatch(BATCH)
  for (const damaged of ['', 'AAAA', zstd.slice(0, -20)]) {
    assert.throws(() => decodeBatch({ version: 1, zstd: damaged }), damaged)
  }
})
