// What is sent is what is stored, with PostgreSQL itself as the judge: `properties` as stored equal `text::jsonb`, and
// what jsonb cannot hold is refused by the API by name, never by the database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { v7 as uuidV7 } from 'uuid'
import { acceptEvents } from '../../src/ingest/accept-events.ts'
import { parseBody } from '../../src/ingest/parse-body.ts'
import { hasUnstorableEscape, hasUnstorableNumber } from '../../src/ingest/storable-json.ts'
import type { Database } from '../../src/storage/postgres/database.ts'
import { batchWriter } from '../batch-writer.ts'
import { BELIEVED, batchOf } from '../batches.ts'
import { openFreshDatabase } from '../stores.ts'
import { eventText } from './event-texts.ts'
import { jsonText } from './hostile-json.ts'
import { SHORT_RUN } from './short-run.ts'

const context = {
  gameId: 1,
  believed: BELIEVED,
  keyNo: null,
  keyFingerprint: null,
  receivedAtMs: Date.now(),
  newId: (msecs: number) => uuidV7({ msecs }),
}

/** Where our rule is stricter than numeric, on purpose: 1e131071 would be 131,072 digits on disk. */
const EXPONENT_BEYOND_400 = /\d[eE][+-]?0*(?:4(?:0[1-9]|[1-9]\d)|[5-9]\d\d|\d{4,})/

test('the rules for text and numbers are those of the real jsonb', async (t) => {
  const { database } = await openFreshDatabase(t)
  const sameVerdicts = async (texts: string[]) => {
    const { rows } = await database.query<{ held: boolean }>(
      `select pg_input_is_valid(json, 'jsonb') held from unnest($1::text[]) with ordinality as _(json, place) order by place`,
      [texts],
    )
    for (const [index, text] of texts.entries()) {
      const refused = hasUnstorableEscape(text) || hasUnstorableNumber(text)
      const held = rows[index]?.held
      if (refused && held && EXPONENT_BEYOND_400.test(text)) continue
      assert.equal(refused, !held, text.slice(0, 500))
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(jsonText, { minLength: 20, maxLength: 40 }), sameVerdicts), SHORT_RUN)
})

test('accepted events are stored as jsonb reads the sent text, and the database refuses none', async (t) => {
  const { database } = await openFreshDatabase(t)
  const write = batchWriter(database)
  let stood = 0
  const storedAsSent = async (texts: string[]) => {
    await database.query('truncate playtrace.events, playtrace.undated_events')
    const body = `[${texts.join()}]`
    const { events, quarantined } = acceptEvents({ bytes: Buffer.from(body), form: 'json' }, context)
    assert.equal(events.length + quarantined.length, texts.length)
    for (const { reason } of quarantined)
      assert.match(reason, /^unstorable_|^properties_too_|^event_too_large|^blank_text/, body)
    await write(batchOf(events, quarantined))
    stood += events.length
    const sent = [...parseBody(Buffer.from(body), 'json').events]
    const rejectedRaws = new Set(quarantined.map(({ raw }) => raw))
    const standing = sent.filter(({ raw }) => !rejectedRaws.has(raw))
    assert.equal(standing.length, events.length)
    for (const [index, event] of events.entries()) {
      // Cast by PostgreSQL from the event's own bytes, by no code of ours: of two members the last, as we promise.
      await assertStored(database, event.event_id, standing[index]?.raw ?? '')
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(eventText, { minLength: 1, maxLength: 12 }), storedAsSent), SHORT_RUN)
  assert.ok(stood > 0, `only ${stood} events stood: the test tries too little`)
})

async function assertStored(database: Database, eventId: string, raw: string): Promise<void> {
  // Of two members named properties, the first may be what jsonb cannot read.
  const { rows: whole } = await database.query(`select pg_input_is_valid($1, 'jsonb') held`, [raw])
  if (!whole[0].held) return
  const { rows } = await database.query<{ wrong: string[] | null }>(
    `select array_remove(array[
       case when properties is distinct from coalesce(sent->'properties', '{}') then 'properties' end,
       case when name is distinct from sent->>'name' then 'name' end,
       case when player_id is distinct from sent->>'player_id' then 'player_id' end,
       case when session_id is distinct from nullif(sent->>'session_id', '') then 'session_id' end,
       case when app_version is distinct from nullif(sent->>'app_version', '') then 'app_version' end,
       case when platform is distinct from nullif(sent->>'platform', '') then 'platform' end
     ], null) wrong
     from playtrace.events, (select $2::jsonb sent) _ where event_id = $1`,
    [eventId, raw],
  )
  assert.deepEqual(rows, [{ wrong: [] }], raw)
}

/** Named here one by one, so that nobody has to hope that a random run meets them. */
const CASES = [
  '{"steam_id": 76561198000000001, "n": 9007199254740993, "big": 340282366920938463463374607431768211455}',
  '{"a": 0.1, "b": 1e-7, "c": 0.12345678901234567, "d": 1.10, "e": -0, "f": -0.0, "g": 1E400, "h": 1e-400}',
  `{"digits": ${'9'.repeat(32_000)}}`,
  `{"decimals": 0.${'1'.repeat(16_383)}}`,
  String.raw`{"s": "\b\f\n\r\t\/\\\" \u0001 \u001f \u007f \u00e9 \ud83d\ude00 \uffff \u2028"}`,
  '{"emoji": "👨‍👩‍👧‍👦🇩🇪", "e\u0301": "é", "raw": "\u007f\u2028\uFEFF"}',
  '{"a": 1, "a": {"b": 1, "b": 2}, "a": [3], "\\u0061": "last"}',
  '{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}, "__proto__": 2}',
  '{"line\\nbreak": 1, "": 2, "\\\\N": "\\\\."}',
]

test('each case that the promise names is stored as jsonb reads it', async (t) => {
  const { database } = await openFreshDatabase(t)
  const texts = CASES.map((properties) => `{"name":"n","player_id":"p","properties":${properties}}`)
  const { events, verdicts } = acceptEvents({ bytes: Buffer.from(`[${texts.join()}]`), form: 'json' }, context)
  assert.deepEqual(verdicts, [])
  await batchWriter(database)(batchOf(events))
  for (const [index, event] of events.entries()) await assertStored(database, event.event_id, texts[index] ?? '')
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})
