// Every spelling of RFC 3339 is read to the microsecond, every other is refused, and a wrong clock is corrected.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { correctTime, instantAt, parseTime, timeInsideUuid } from './event-time.ts'

const READ = {
  '2026-11-22T09:30:00Z': '2026-11-22T09:30:00.000Z',
  '2026-11-22t09:30:00z': '2026-11-22T09:30:00.000Z',
  '2026-11-22T09:30:00.5Z': '2026-11-22T09:30:00.500Z',
  '2026-11-22T09:30:00.123456Z': '2026-11-22T09:30:00.123456Z',
  '2026-11-22T09:30:00.1234Z': '2026-11-22T09:30:00.123400Z',
  '2026-11-22T09:30:00.123456789Z': '2026-11-22T09:30:00.123456Z',
  '2026-11-22T09:30:00+02:00': '2026-11-22T07:30:00.000Z',
  '2026-11-22T09:30:00-00:00': '2026-11-22T09:30:00.000Z',
  '2026-11-22T00:30:00.000001+05:45': '2026-11-21T18:45:00.000001Z',
  '2024-02-29T23:59:59-23:59': '2024-03-01T23:58:59.000Z',
  '1969-12-31T23:59:59.999Z': '1969-12-31T23:59:59.999Z',
  '1969-12-31T23:59:59.999999Z': '1969-12-31T23:59:59.999999Z',
  '2999-01-01T00:00:00Z': '2999-01-01T00:00:00.000Z',
  '2016-12-31T23:59:60Z': '2017-01-01T00:00:00.000Z',
  '2016-12-31T23:59:60.75Z': '2017-01-01T00:00:00.750Z',
  '2017-01-01T01:29:60+01:30': '2017-01-01T00:00:00.000Z',
  '1960-12-31T23:59:60Z': '1961-01-01T00:00:00.000Z',
  // PostgreSQL has no year 0, and reads years after 9999 without a sign.
  '0000-01-01T00:00:00Z': '0001-01-01T00:00:00.000Z BC',
  '0000-01-01T00:00:00.000001+23:59': '0002-12-31T00:01:00.000001Z BC',
  '0001-01-01T00:00:00Z': '0001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59-23:59': '10000-01-01T23:58:59.000Z',
}

test('a time of RFC 3339 with a zone is read', () => {
  for (const [text, expected] of Object.entries(READ)) assert.equal(parseTime(text)?.text, expected, text)
})

test('ms is the number of milliseconds since 1970, and negative before', () => {
  assert.equal(parseTime('1969-12-31T23:59:59.999Z')?.ms, -1)
  assert.equal(parseTime('1970-01-01T01:00:00.002+01:00')?.ms, 2)
})

const REFUSED = [
  '',
  'now',
  '2026-11-22',
  '2026-11-22T09:30:00',
  '2026-11-22 09:30:00Z',
  '2026-11-22T09:30Z',
  '2026-11-22T09:30:00.Z',
  '2026-11-22T09:30:00,5Z',
  '2026-11-22T09:30:00+0200',
  '2026-11-22T09:30:00+02',
  '2026-11-22T09:30:00+24:00',
  '2026-11-22T09:30:00+01:60',
  '2026-11-22T24:00:00Z',
  '2026-11-22T09:60:00Z',
  '2026-11-22T09:30:61Z',
  '2026-11-22T09:30:60Z',
  '2017-01-01T00:59:60+01:30',
  '2026-00-22T09:30:00Z',
  '2026-13-22T09:30:00Z',
  '2026-11-00T09:30:00Z',
  '2026-11-31T09:30:00Z',
  '2026-02-29T09:30:00Z',
  '1900-02-29T09:30:00Z',
  '12026-11-22T09:30:00Z',
  '-2026-11-22T09:30:00Z',
  '+02026-11-22T09:30:00Z',
  '2026-11-22T09:30:00Z ',
  '2026-11-22T09:30:00Z\n',
  '2026-11-22T09:30:00+01:00[Europe/Berlin]',
  '２026-11-22T09:30:00Z',
  '1700645400',
]

test('any other text is refused', () => {
  for (const text of REFUSED) assert.equal(parseTime(text), undefined, text)
})

test('a UUID of version 7 contains a time, and no other version does', () => {
  const inside = (id: string) => timeInsideUuid(id)?.text
  assert.equal(inside('01850000-0001-7000-8000-000000000000'), instantAt(0x018500000001).text)
  assert.equal(inside('0185ABCD-EF01-7FFF-BFFF-FFFFFFFFFFFF'), instantAt(0x0185abcdef01).text)
  assert.equal(inside('00000000-0000-7000-8000-000000000000'), '1970-01-01T00:00:00.000Z')
  assert.equal(inside('01850000-0001-4000-8000-000000000000'), undefined)
  assert.equal(inside('01850000-0001-1000-8000-000000000000'), undefined)
  // After the last time that RFC 3339 can write. PostgreSQL reads years without a sign.
  assert.equal(inside('ffffffff-ffff-7fff-bfff-ffffffffffff'), '10889-08-02T05:31:50.655Z')
})

const RECEIVED = '2026-11-22T12:00:00.000Z'

/** occurred_at, sent_at, and the expected corrected_at and clock_suspect of an event that is received at noon. */
const CORRECTED: [string, string | undefined, string, boolean][] = [
  ['2026-11-22T11:00:00.123456Z', undefined, '2026-11-22T11:00:00.123456Z', false],
  ['2026-11-22T11:00:00Z', '2026-11-22T11:59:00.000Z', '2026-11-22T11:00:00.000Z', false],
  ['2026-11-22T11:00:00Z', '2026-11-22T11:58:59.999Z', '2026-11-22T11:01:00.001Z', false],
  ['2026-11-22T11:00:00Z', '2026-11-22T12:01:00.000Z', '2026-11-22T11:00:00.000Z', false],
  ['2026-11-22T11:00:00Z', '2026-11-22T12:01:00.001Z', '2026-11-22T10:58:59.999Z', false],
  // If a clock is years behind or ahead, its events are corrected by those years.
  ['2009-03-01T00:00:00Z', '2009-03-01T01:00:00Z', '2026-11-22T11:00:00.000Z', false],
  ['2998-12-31T23:00:00Z', '2999-01-01T00:00:00Z', '2026-11-22T11:00:00.000Z', false],
  ['1969-12-31T23:00:00Z', '1970-01-01T00:00:00Z', '2026-11-22T11:00:00.000Z', false],
  // An old event from a client with a correct clock keeps its time.
  ['2003-01-01T00:00:00Z', RECEIVED, '2003-01-01T00:00:00.000Z', false],
  ['2000-01-01T00:00:00Z', undefined, '2000-01-01T00:00:00.000Z', false],
  ['1999-12-31T23:59:59.999Z', undefined, RECEIVED, true],
  ['1969-12-31T23:59:59Z', undefined, RECEIVED, true],
  ['2026-11-23T12:00:00Z', undefined, '2026-11-23T12:00:00.000Z', false],
  ['2026-11-23T12:00:00.001Z', undefined, RECEIVED, true],
  ['2999-01-01T00:00:00Z', RECEIVED, RECEIVED, true],
  // A corrected time that is not plausible is not believed either.
  ['2026-11-22T11:00:00Z', '0000-01-01T00:00:00Z', RECEIVED, true],
  ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', RECEIVED, true],
  ['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59', RECEIVED, true],
]

/** A game that believes all times since 2000. */
const SINCE_2000 = { first_day: Date.UTC(2000, 0, 1) / 86_400_000, late_days: 36_500 }

test('a wrong clock is corrected, and a time that is not plausible is suspect', () => {
  for (const [occurred, sent, corrected_at, clock_suspect] of CORRECTED) {
    const result = correctTime(
      parseTime(occurred) ?? assert.fail(occurred),
      sent === undefined ? undefined : (parseTime(sent) ?? assert.fail(sent)),
      parseTime(RECEIVED) ?? assert.fail(),
      SINCE_2000,
    )
    assert.deepEqual(result, { corrected_at, clock_suspect }, `${occurred} sent ${sent}`)
  }
})
