// The simulate command: rate, retries, Ctrl-C, exit code and seed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accept, QUICK_RETRIES, standInServer, testTerminal } from '../../test/stand-in-server.ts'
import type { Event } from '../contract/event.ts'
import { type SimulateOptions, simulate, simulatedPlay } from './simulate.ts'

const PLAY = { seed: 1, players: 20, ratePerSecond: 5_000 }

function options(url: string, durationMs: number | undefined): SimulateOptions {
  return { ...PLAY, durationMs, url, key: 'pt_w_0123456789abcdef', limits: QUICK_RETRIES }
}

function eventsIn(body: string): Event[] {
  return JSON.parse(body).events
}

test('sends the requested number of events per second, in envelopes with sent_at', async (t) => {
  const { url, requests } = await standInServer(t, ({ body }) => accept(eventsIn(body).length))
  const terminal = testTerminal()
  const startedMs = Date.now()
  assert.equal(await simulate(options(url, 500), terminal), 0)
  assert.deepEqual(terminal.output, { stdout: 'sent 2500, accepted 2500, rejected 0\n', stderr: '' })
  for (const { body, headers } of requests) {
    assert.equal(headers['content-type'], 'application/json')
    const sentMs = Date.parse(JSON.parse(body).sent_at)
    for (const event of eventsIn(body)) {
      const occurredMs = Date.parse(event.occurred_at ?? '')
      assert.ok(occurredMs >= startedMs && occurredMs <= sentMs, 'no event is sent before it happens')
    }
  }
})

test('a server that was away receives every event', async (t) => {
  const { url, requests } = await standInServer(t, ({ body }, index) =>
    index % 2 ? accept(eventsIn(body).length) : 'cut',
  )
  assert.equal(await simulate(options(url, 300), testTerminal()), 0)
  const ids = new Set(requests.flatMap(({ body }) => eventsIn(body).map(({ event_id }) => event_id)))
  assert.equal(ids.size, 1500)
})

test('Ctrl-C is the normal end without a duration, and an interruption with one', async (t) => {
  for (const [durationMs, expected] of [
    [undefined, 0],
    [60_000, 130],
  ] as const) {
    const terminal = testTerminal()
    const { url } = await standInServer(t, ({ body }) => {
      terminal.raise('SIGINT')
      return accept(eventsIn(body).length)
    })
    assert.equal(await simulate(options(url, durationMs), terminal), expected)
    assert.match(terminal.output.stdout, /^sent (\d+), accepted \1, rejected 0\n$/)
  }
})

test('the exit code shows that an event was not accepted', async (t) => {
  const { url } = await standInServer(t, () => ({ status: 401, body: { title: 'Unauthorized' } }))
  const terminal = testTerminal()
  assert.equal(await simulate(options(url, 200), terminal), 1)
  assert.match(terminal.output.stderr, /401 Unauthorized/)
})

test('the same seed and start give the same events; another seed or start gives other ids', () => {
  const first = (play: typeof PLAY, startMs: number) => {
    const source = simulatedPlay(play, startMs)
    return Array.from({ length: 3000 }, () => source.next().value)
  }
  const events = first(PLAY, 1e12)
  assert.deepEqual(first(PLAY, 1e12), events)
  const ids = new Set(events.map((event) => event?.event_id))
  assert.equal(ids.size, 3000)
  for (const other of [first({ ...PLAY, seed: 2 }, 1e12), first(PLAY, 1e12 + 1000)]) {
    assert.ok(other.every((event) => !ids.has(event?.event_id)))
  }
})
