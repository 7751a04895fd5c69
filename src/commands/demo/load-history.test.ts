// The demo's history is loaded once. An interrupted load is repeated, and later loads send only new events.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { acceptAll, standInServer, testTerminal } from '../../../test/stand-in-server.ts'
import { until } from '../../../test/until.ts'
import { endOf } from '../../client/terminal.ts'
import { DAY_MS } from '../../simulation/visits.ts'
import { goOnPlaying, loadHistory } from './load-history.ts'

const NOW_MS = Date.UTC(2026, 10, 25, 15)
const PLAY = { seed: 5, newPlayersPerDay: 60, days: 8 }

test('an interrupted load is repeated with the same events; a complete load continues where it ended', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-demo-'))
  t.after(() => rm(dataDir, { recursive: true }))
  let cutShort: AbortController | undefined = new AbortController()
  const { url, requests } = await standInServer(t, (request) => {
    cutShort?.abort()
    return acceptAll(request)
  })
  const load = async (nowMs: number, stop = new AbortController().signal) => {
    const terminal = testTerminal()
    const from = requests.length
    const options = { dataDir, nowMs, url, key: 'pt_w_0123456789abcdef', play: PLAY }
    await loadHistory(options, terminal, endOf(stop))
    assert.equal(terminal.output.stderr, '')
    return { lines: requests.slice(from).flatMap(({ lines }) => lines), said: terminal.output.stdout }
  }

  const first = await load(NOW_MS, cutShort.signal)
  cutShort = undefined
  const second = await load(NOW_MS + 60_000)
  assert.match(
    second.said,
    /^The simulated game has been played since 2026-11-18\. Loading all events:\nsent (\d+), accepted \1/,
  )
  assert.ok(first.lines.length > 0 && first.lines.length < second.lines.length)
  const sent = new Set(second.lines)
  for (const line of first.lines) assert.ok(sent.has(line))
  assert.equal(sent.size, second.lines.length)

  const third = await load(NOW_MS + 2 * DAY_MS)
  assert.match(third.said, /since 2026-11-18\. Loading the events since the last run/)
  assert.ok(third.lines.length > 100)
  for (const line of third.lines) {
    const atMs = Date.parse(JSON.parse(line).occurred_at)
    assert.ok(atMs >= NOW_MS + 60_000 && atMs < NOW_MS + 2 * DAY_MS)
  }
  assert.deepEqual((await load(NOW_MS + 2 * DAY_MS)).lines, [])
})

test('history is sent without sent_at, so that its times are not corrected', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-demo-'))
  t.after(() => rm(dataDir, { recursive: true }))
  const { url, requests } = await standInServer(t, acceptAll)
  const options = { dataDir, nowMs: NOW_MS, url, key: 'pt_w_0123456789abcdef', play: PLAY }
  await loadHistory(options, testTerminal(), endOf(new AbortController().signal))
  assert.ok(requests.length > 1)
  for (const { body, lines } of requests) {
    assert.ok(lines.length <= 1_000)
    assert.doesNotMatch(body, /sent_at/)
  }
})

test('the players go on as in the history: the same events a day, sent when their time comes', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'playtrace-demo-'))
  t.after(() => rm(dataDir, { recursive: true }))
  const { url, requests } = await standInServer(t, acceptAll)
  const stop = new AbortController()
  const options = { dataDir, nowMs: NOW_MS, url, key: 'pt_w_0123456789abcdef', play: PLAY }
  const toCome = await loadHistory(options, testTerminal(), endOf(stop.signal))
  const history = requests.flatMap(({ lines }) => lines.map((line) => JSON.parse(line)))
  const perDay = history.length / PLAY.days
  const nextDays: { occurred_at: string; player_id: string }[] = []
  for (let next = toCome.next(); !next.done; next = toCome.next()) {
    if (Date.parse(next.value.occurred_at) > NOW_MS + 4 * DAY_MS) break
    nextDays.push(next.value)
  }
  assert.ok(nextDays.every(({ occurred_at }) => Date.parse(occurred_at) >= NOW_MS))
  const factor = nextDays.length / 4 / perDay
  assert.ok(factor > 0.5 && factor < 2, `${factor} times as many events a day`)

  const due = { ...nextDays[0], occurred_at: new Date(Date.now() - 1_000).toISOString() }
  const later = { ...nextDays[1], occurred_at: new Date(Date.now() + DAY_MS).toISOString() }
  const before = requests.length
  const playing = goOnPlaying([due, later].values() as never, options, testTerminal(), endOf(stop.signal))
  await until(() => requests.length === before + 1)
  stop.abort()
  await playing
  assert.equal(requests.length, before + 1)
})
