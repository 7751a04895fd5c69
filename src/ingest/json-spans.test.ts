// JsonSpans finds each value in JSON text, whatever its strings contain. It counts levels.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonSpans } from './json-spans.ts'
import { splitBody } from './split-body.ts'

const VALUES = [
  '1',
  '-0.5e+10',
  'true',
  'null',
  '""',
  '"a"',
  String.raw`"\""`,
  String.raw`"\\"`,
  String.raw`"\\\""`,
  String.raw`"\\\\"`,
  String.raw`"]}[{,:\"]}"`,
  '[]',
  '{}',
  '[ ]',
  '{ }',
  '[[],[[]],{}]',
  String.raw`{"a":"}","b":["]","\"]"],"c":{"\\":{}}}`,
  '[1,"2",[3,{"4":5}],null]',
  '{\n  "a" : [ 1 , 2 ]\n}',
]

/** Reads past one value and returns its text. */
function readValue(spans: JsonSpans): string {
  const start = spans.skipValue()
  return spans.text.slice(start, spans.at)
}

test('a value of any kind is read up to its end', () => {
  for (const value of VALUES) {
    for (const after of ['', ' ', ',"next"', ']', '}']) {
      const spans = new JsonSpans(` \t\r\n${value}${after}`)
      assert.equal(readValue(spans), value)
    }
  }
})

test('each member of an object is visited with its name without escapes', () => {
  const keys = ['a', '', '"', '\\', '\\"', '}', 'propert\u0069es', 'é😀', '\u0000', '\ud800', '__proto__']
  const members = keys.map((key, at) => `${JSON.stringify(key)} : ${VALUES[at]}`)
  members.push(String.raw`"propert\u0069es":7`, String.raw`"\u0065vents":8`)
  const text = `{${members.join(' , ')}}`
  const spans = new JsonSpans(text)
  const found: [string, string][] = []
  spans.eachMember((key) => found.push([key, readValue(spans)]))
  assert.deepEqual(found, [...keys.map((key, at) => [key, VALUES[at]]), ['properties', '7'], ['events', '8']])
})

test('levels are objects and arrays, and nothing inside strings', () => {
  const depths: Record<string, number> = {
    '1': 0,
    '"[[["': 0,
    '{}': 1,
    '{"a":[]}': 2,
    '[[],[[]],[]]': 3,
    '{"[[[[":"{{{{\\"[[[[\\\\","b":{}}': 2,
    [`${'['.repeat(10_000)}${']'.repeat(10_000)}`]: 10_000,
  }
  for (const [json, depth] of Object.entries(depths)) {
    const spans = new JsonSpans(json)
    spans.skipValue()
    assert.equal(spans.deepest, depth, json.slice(0, 50))
  }
})

test('ten thousand random values are found as JSON.parse reads them', () => {
  const random = seededRandom(20_260_801)
  for (let round = 0; round < 10_000; round++) {
    const elements = Array.from({ length: 1 + random(4) }, () => randomValue(random, 4))
    const text = JSON.stringify(elements, null, random(3))
    const found = splitBody(text, 'json').events.map((event): unknown => JSON.parse(event.text))
    assert.deepEqual(found, elements, text)
  }
})

/** Returns integers below `bound`, the same ones in each run. */
function seededRandom(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

function randomValue(random: (bound: number) => number, depthMax: number): unknown {
  const kind = random(depthMax > 0 ? 6 : 4)
  if (kind === 0) return random(1_000_000) / 1000
  if (kind === 1) return [true, false, null][random(3)]
  if (kind <= 3) return randomText(random)
  const values = Array.from({ length: random(4) }, () => randomValue(random, depthMax - 1))
  return kind === 4 ? values : Object.fromEntries(values.map((value) => [randomText(random), value]))
}

function randomText(random: (bound: number) => number): string {
  const characters = ['"', '\\', '{', '}', '[', ']', ',', ':', '\n', '\0', 'é', '😀', '\ud83d', ' ', 'u0000']
  return Array.from({ length: random(6) }, () => characters[random(characters.length)]).join('')
}
