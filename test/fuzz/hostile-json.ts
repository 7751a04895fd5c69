// JSON as nobody writes it and any client may send it: every spelling of numbers, strings and keys. Texts, not values:
// what JSON.stringify makes of a value is the tame part of what JSON can say.
import fc from 'fast-check'

const digits = (lengthMax: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${lengthMax}}$`))
const whole = digits(30).map((text) => text.replace(/^0+(?=\d)/, ''))

const FAMOUS_NUMBERS = [
  '0',
  '-0',
  '0.1',
  '-0.0',
  '1e-7',
  '0e-400',
  '1.10',
  '76561198000000001',
  '9007199254740993',
  '18446744073709551616',
  '0.12345678901234567',
  '1.7976931348623157e308',
  '5e-324',
  '1e400',
  '-1E-400',
  '1e+0400',
  '1e401',
  '1e-401',
  '1e131072',
  '0e99999999999999999999',
]

/** Around the bounds of numeric, and of our own rule. */
const longNumber = fc
  .tuple(fc.integer({ min: 16_370, max: 16_390 }), fc.integer({ min: -410, max: 410 }))
  .map(([decimals, exponent]) => `0.${'7'.repeat(decimals)}e${exponent}`)

const numberText = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...FAMOUS_NUMBERS) },
  {
    weight: 60,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '-'),
        whole,
        fc.option(digits(20), { nil: '' }),
        fc.constantFrom('', 'e', 'E', 'e+', 'E-', 'e-'),
        fc.integer({ min: 0, max: 420 }),
      )
      .map(
        ([sign, integer, decimals, e, exponent]) =>
          `${sign}${integer}${decimals && `.${decimals}`}${e && e + exponent}`,
      ),
  },
  { weight: 1, arbitrary: longNumber },
)

const hex4 = fc.stringMatching(/^[0-9a-fA-F]{4}$/)
const UNSTORABLE = ['\\u0000', '\\ud800', '\\uDFFF', '\\udc00\\ud800', '\\ud83d\\ud83d\\ude00']
const STORABLE = [
  ...['\\n', '\\t', '\\r', '\\b', '\\f', '\\/', '\\\\', '\\"', '\\u001f', '\\uD83D\\uDE00', '\\\\u0000'],
  ...['\u007f', '\u2028', '\uFEFF', '\uFFFF', 'e\u0301', '👨‍👩‍👧‍👦', '🇩🇪', '日本', '1e999', '\\u0061'],
]

const plainPiece = fc.string({ unit: 'binary', maxLength: 8 }).map((text) => JSON.stringify(text).slice(1, -1))

/** Half surrogate pairs come out of JSON.stringify as escapes, so that every text is valid UTF-8. */
const stringPiece = fc.oneof(
  { weight: 8, arbitrary: plainPiece },
  { weight: 8, arbitrary: fc.constantFrom(...STORABLE) },
  { weight: 1, arbitrary: fc.constantFrom(...UNSTORABLE) },
  { weight: 1, arbitrary: hex4.map((hex) => `\\u${hex}`) },
)

export const stringText = fc.array(stringPiece, { maxLength: 5 }).map((pieces) => `"${pieces.join('')}"`)

const FAMOUS_KEYS = ['a', 'b', '__proto__', 'constructor', 'toString', '', '\\u0061', 'line\\nbreak', 'events']
const keyText = fc.oneof(
  fc.constantFrom(...FAMOUS_KEYS).map((key) => `"${key}"`),
  fc.constantFrom('"a"', '"__proto__"'),
  stringText,
)

const blank = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t')

function list(open: string, close: string, items: string[], space: string): string {
  return `${open}${space}${items.join(`${space},`)}${space}${close}`
}

const { value, object } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    fc.oneof(numberText, stringText, fc.constantFrom('null', 'true', 'false', '[]', '{}')),
    fc.tuple(fc.array(tie('value'), { maxLength: 4 }), blank).map(([items, space]) => list('[', ']', items, space)),
    tie('object'),
  ),
  object: fc.tuple(fc.array(fc.tuple(keyText, blank, tie('value')), { maxLength: 5 }), blank).map(([members, space]) =>
    list(
      '{',
      '}',
      members.map(([key, gap, member]) => `${key}${gap}:${gap}${member}`),
      space,
    ),
  ),
}))

/** Valid JSON of any kind. */
export const jsonText: fc.Arbitrary<string> = value
/** Valid JSON of an object. */
export const objectText: fc.Arbitrary<string> = object
