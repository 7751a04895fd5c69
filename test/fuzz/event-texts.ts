// Events as JSON text: ones that stand, to be found again as they were sent, and ones that break a rule somewhere.
import fc from 'fast-check'
import { jsonText, objectText, stringText } from './hostile-json.ts'

/** Text that a field of the contract takes: no control characters, no half surrogate pairs. */
const fieldText = (lengthMax: number, lengthMin = 1) =>
  fc
    .string({
      unit: fc.oneof(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
        fc.constantFrom('\\', "'", '"', '`', '\u2028', '\uFEFF', 'é'),
      ),
      minLength: lengthMin,
      maxLength: lengthMax,
    })
    .filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed())
    .filter((text) => [...text].length <= lengthMax && [...text].length >= lengthMin)

const timeText = fc.oneof(
  fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString()),
  fc.constantFrom(
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999-23:59',
    '0000-01-01T00:00:00+23:59',
    '2026-02-28t23:59:60.5z',
    '1999-12-31T23:59:59.123456Z',
  ),
)

const member = (name: string, value: fc.Arbitrary<string>) => value.map((text) => `"${name}":${text}`)
const quoted = (value: fc.Arbitrary<string>) => value.map((text) => JSON.stringify(text))
const sometimes = (value: fc.Arbitrary<string>) => fc.option(value, { nil: undefined })

/** A few fields as the contract has them, in any order, properties of any storable or unstorable content. */
export const eventText: fc.Arbitrary<string> = fc
  .tuple(
    member('name', quoted(fieldText(100))),
    member('player_id', quoted(fieldText(128))),
    sometimes(member('event_id', quoted(fc.uuid()))),
    sometimes(member('session_id', quoted(fieldText(128)))),
    sometimes(member('occurred_at', quoted(timeText))),
    sometimes(member('app_version', quoted(fieldText(64, 0)))),
    sometimes(member('platform', quoted(fieldText(64, 0)))),
    sometimes(member('country', quoted(fc.constantFrom('DE', 'us', '')))),
    sometimes(member('received_at', jsonText)),
    sometimes(member('properties', objectText)),
    sometimes(member('prop\\u0065rties', objectText)),
  )
  .chain((members) => {
    const present = members.filter((one) => one !== undefined)
    return fc.shuffledSubarray(present, { minLength: present.length })
  })
  .map((members) => `{${members.join(',')}}`)

const FIELDS = [
  'event_id',
  'name',
  'player_id',
  'session_id',
  'occurred_at',
  'app_version',
  'platform',
  'country',
  'seq',
  'properties',
]

/** An event's shape with values of any kind, or no event at all. */
export const wildEventText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: eventText },
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.tuple(
          fc.oneof(
            fc.constantFrom(...FIELDS).map((name) => `"${name}"`),
            stringText,
          ),
          jsonText,
        ),
        {
          maxLength: 8,
        },
      )
      .map((members) => `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`),
  },
  { weight: 1, arbitrary: jsonText },
)
