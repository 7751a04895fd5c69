// A name is suggested only if it is near.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENT_FIELDS } from './judge-event.ts'
import { nearName } from './near-name.ts'

test('a known name is suggested for another spelling of it and for a typing error', () => {
  const meant: Record<string, string> = {
    eventId: 'event_id',
    playerId: 'player_id',
    'PLAYER-ID': 'player_id',
    sessionid: 'session_id',
    occurredAt: 'occurred_at',
    ocurred_at: 'occurred_at',
    Name: 'name',
    names: 'name',
    appVersion: 'app_version',
    plattform: 'platform',
    propreties: 'properties',
    // Names that other systems use.
    event: 'name',
    eventName: 'name',
    user_id: 'player_id',
    distinct_id: 'player_id',
    timestamp: 'occurred_at',
    ts: 'occurred_at',
    params: 'properties',
  }
  for (const [unknown, known] of Object.entries(meant)) assert.equal(nearName(unknown, EVENT_FIELDS), known, unknown)
})

test('no name is suggested if none is near', () => {
  for (const unknown of ['xyzzy', 'lvl', 'score', 'na', 'nmae', '', '_', '名前', 'x'.repeat(8_000_000)])
    assert.equal(nearName(unknown, EVENT_FIELDS), undefined, unknown.slice(0, 20))
})

test('the nearest of two near names is suggested', () => {
  assert.equal(nearName('sent_ta', ['sent_by', 'sent_tat']), 'sent_tat')
  assert.equal(nearName('sent_b', ['sent_at', 'sent_by']), 'sent_by')
})
