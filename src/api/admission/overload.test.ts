// Overload: when each reason begins and ends, and what a sender is answered.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { batchOf, storableEvent } from '../../../test/batches.ts'
import { anEvent, assertProblem, DEMO, NO_OVERLOAD, OTHER, openTestApp, postEvents } from '../../../test/test-app.ts'
import { type Backlog, type Disk, type OverloadLimits, Shed, watchOverload } from './overload.ts'

const GIB = 1024 ** 3
const NO_LIMITS: OverloadLimits = { backlogBatchesMax: 0, backlogBytesMax: 0, diskFreeBytesMin: 0 }
const NEVER = () => new Promise<never>(() => {})

/** Watches a queue, a disk and a timer that the test controls. */
async function watch(t: TestContext, limits: Partial<OverloadLimits> = {}) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const state = {
    readBacklog: async (): Promise<Backlog> => ({ batches: 0, bytes: 0 }),
    readDisk: async (): Promise<Disk> => ({ freeBytes: 100 * GIB, totalBytes: 1000 * GIB }),
    enqueue: async () => {},
  }
  const logged: string[] = []
  const log = (_fields: unknown, message: string) => void logged.push(message)
  const overload = watchOverload({
    enqueue: () => state.enqueue(),
    readBacklog: () => state.readBacklog(),
    readDisk: () => state.readDisk(),
    limits: { ...NO_LIMITS, ...limits },
    log: { info: log, warn: log, error: log } as never,
  })
  t.after(() => overload.close())
  const ticks = async (count: number) => {
    for (let tick = 0; tick < count; tick++) {
      t.mock.timers.tick(250)
      await nextTurn()
    }
  }
  await nextTurn()
  return { state, overload, logged, ticks, reason: () => overload.shed()?.reason }
}

const oneBatch = () => batchOf([storableEvent()])

test('events are refused when the queue has not answered for two seconds, until it answers', async (t) => {
  const { state, overload, logged, ticks, reason } = await watch(t)
  const answer = Promise.withResolvers<Backlog>()
  let questions = 0
  state.readBacklog = () => {
    questions++
    return answer.promise
  }
  await ticks(4 + 7)
  assert.equal(reason(), undefined)
  await ticks(1)
  assert.equal(reason(), 'queue_silent')
  assert.match(overload.shed()?.message ?? '', /queue does not answer/)
  await ticks(100)
  assert.equal(questions, 1, 'only one check runs at a time')
  answer.resolve({ batches: 0, bytes: 0 })
  await nextTurn()
  assert.equal(reason(), undefined)
  await ticks(1)
  assert.deepEqual(logged, ['events are refused: The queue does not answer.', 'events are accepted again'])
})

test('a queue that fails is checked on every tick, and accepts events after its first answer', async (t) => {
  const { state, ticks, reason } = await watch(t)
  let questions = 0
  state.readBacklog = () => {
    questions++
    return Promise.reject(new Error('connection refused'))
  }
  await ticks(4 + 7)
  assert.equal(reason(), undefined)
  await ticks(1)
  assert.equal(reason(), 'queue_silent')
  questions = 0
  await ticks(10)
  assert.equal(questions, 10)
  state.readBacklog = async () => ({ batches: 0, bytes: 0 })
  await ticks(1)
  assert.equal(reason(), undefined)
})

test('an enqueue without an answer counts as silence, and an answered enqueue ends the silence', async (t) => {
  const { state, overload, ticks, reason } = await watch(t)
  state.readBacklog = NEVER
  for (let round = 0; round < 20; round++) {
    await ticks(2)
    await overload.enqueue(oneBatch())
    assert.equal(reason(), undefined)
  }
  state.enqueue = NEVER
  void overload.enqueue(oneBatch())
  await ticks(8)
  assert.equal(reason(), 'queue_silent')
})

test('a failed enqueue is thrown, and does not count as an answer', async (t) => {
  const { state, overload, ticks, reason } = await watch(t)
  state.readBacklog = NEVER
  state.enqueue = () => Promise.reject(new Error('refused'))
  for (let tick = 0; tick < 13; tick++) {
    await assert.rejects(overload.enqueue(oneBatch()), /refused/)
    await ticks(1)
  }
  assert.equal(reason(), 'queue_silent')
})

test('events are refused while the backlog has too many batches or bytes', async (t) => {
  const { state, overload, ticks, reason } = await watch(t, { backlogBatchesMax: 10, backlogBytesMax: GIB })
  const steps: [Backlog, string | undefined, RegExp?][] = [
    [{ batches: 9, bytes: 5 }, undefined],
    [{ batches: 10, bytes: 5 }, 'backlog_batches', /^The limit of 10 batches in the queue/],
    [{ batches: 9, bytes: 5 }, undefined],
    [{ batches: 1, bytes: GIB }, 'backlog_bytes', /^The queue holds 1024 MiB, and the limit is 1024 MiB/],
    [{ batches: 1, bytes: GIB - 1 }, undefined],
    [{ batches: 1, bytes: 0.75 * GIB, bytesMax: GIB }, 'backlog_bytes', /768 MiB, and the limit is 768 MiB/],
    [{ batches: 1, bytes: 0.7 * GIB, bytesMax: GIB }, undefined],
  ]
  for (const [backlog, expected, sentence] of steps) {
    state.readBacklog = async () => backlog
    await ticks(4)
    assert.equal(reason(), expected, JSON.stringify(backlog))
    if (sentence) assert.match(overload.shed()?.message ?? '', sentence)
    assert.equal(overload.figures().backlogBytes, backlog.bytes)
  }
})

test('at a limit of the backlog, only the games that sent a tenth of it are refused, and a tenth is kept for the others', async (t) => {
  const { state, overload, ticks } = await watch(t, { backlogBatchesMax: 100, backlogBytesMax: GIB })
  const refused = () => [1, 2, 3].filter((game) => overload.shedGame(game) !== undefined)
  const grow = async (backlog: Backlog) => {
    state.readBacklog = async () => backlog
    await ticks(4)
  }
  await grow({ batches: 50, bytes: 0 })
  for (let batch = 0; batch < 19; batch++) await overload.enqueue(batchOf([storableEvent({ game_id: 1 })]))
  const large = storableEvent({ game_id: 3, properties: `{"text":"${'x'.repeat(30_000)}"}` })
  await overload.enqueue(batchOf([storableEvent({ game_id: 2 }), large]))
  await grow({ batches: 99, bytes: 0 })
  assert.deepEqual(refused(), [])
  await grow({ batches: 100, bytes: 0 })
  assert.deepEqual(refused(), [1])
  assert.equal(overload.shedAll(), undefined)
  assert.equal(overload.shed()?.reason, 'backlog_batches', 'readiness and the log name it')
  await grow({ batches: 60, bytes: GIB })
  assert.deepEqual(refused(), [1, 3], 'bytes are measured by themselves')
  await grow({ batches: 110, bytes: 0 })
  assert.deepEqual(refused(), [1, 2, 3])
  await grow({ batches: 49, bytes: 0 })
  await grow({ batches: 100, bytes: 0 })
  assert.deepEqual(refused(), [], 'what was sent before the backlog was short does not count')
})

test('a game whose flood fills the backlog is answered 503, and another game is not', async (t) => {
  const shedGame = (gameId: number) => (gameId === 1 ? new Shed('backlog_bytes', 'The queue is long.') : undefined)
  const api = await openTestApp({ overload: { ...NO_OVERLOAD, shedGame } })
  t.after(() => api.close())
  assertProblem(await postEvents(api, anEvent()), 503, 'unavailable')
  assert.equal((await postEvents(api, anEvent(), { authorization: `Bearer ${OTHER.write}` })).statusCode, 202)
})

test('the limit of the store applies without configured limits', async (t) => {
  const { state, ticks, reason } = await watch(t)
  state.readBacklog = async () => ({ batches: 1e9, bytes: 1e15 })
  await ticks(4)
  assert.equal(reason(), undefined)
  state.readBacklog = async () => ({ batches: 0, bytes: GIB, bytesMax: GIB })
  await ticks(4)
  assert.equal(reason(), 'backlog_bytes')
})

const DISKS: [number | undefined, Disk, boolean][] = [
  [undefined, { freeBytes: 0.6 * GIB, totalBytes: 1000 * GIB }, false],
  [undefined, { freeBytes: 0.4 * GIB, totalBytes: 1000 * GIB }, true],
  [undefined, { freeBytes: 0.16 * GIB, totalBytes: 3 * GIB }, false],
  [undefined, { freeBytes: 0.14 * GIB, totalBytes: 3 * GIB }, true],
  [900 * GIB, { freeBytes: 899 * GIB, totalBytes: 1000 * GIB }, true],
  [1000, { freeBytes: 1000, totalBytes: 1000 * GIB }, false],
  [0, { freeBytes: 0, totalBytes: GIB }, false],
]

for (const [diskFreeBytesMin, disk, isFull] of DISKS) {
  const { freeBytes, totalBytes } = disk
  test(`${freeBytes / GIB} of ${totalBytes / GIB} GiB free, ${diskFreeBytesMin ?? 'the default'} bytes required: ${isFull ? 'full' : 'room'}`, async (t) => {
    const { state, overload, ticks, reason } = await watch(t, { diskFreeBytesMin })
    state.readDisk = async () => disk
    await ticks(4)
    assert.equal(reason(), isFull ? 'disk_full' : undefined)
    assert.equal(overload.figures().diskFreeBytes, freeBytes)
    state.readDisk = async () => ({ freeBytes: 950 * GIB, totalBytes: 1000 * GIB })
    await ticks(4)
    assert.equal(reason(), undefined)
  })
}

test('events and replays are refused with a reason before their key and body are read', async (t) => {
  const full = (): Shed | undefined => new Shed('disk_full', 'The disk is almost full.')
  const overload = { ...NO_OVERLOAD, shed: full, shedAll: full }
  const api = await openTestApp({ overload })
  t.after(() => api.close())
  const replay = {
    method: 'POST',
    url: '/v1/games/demo/rejections/replay',
    headers: { authorization: `Bearer ${DEMO.admin}` },
    payload: { ids: [] },
  } as const
  const refused = [
    await postEvents(api, '{', { origin: 'https://game.example' }),
    await postEvents(api, anEvent(), { authorization: undefined }),
    await api.app.inject(replay),
  ]
  for (const response of refused) {
    assert.equal(assertProblem(response, 503, 'unavailable').detail, 'The disk is almost full.')
    assert.equal(response.headers['retry-after'], '5')
  }
  assert.equal(refused[0]?.headers['access-control-allow-origin'], 'https://game.example', 'a page can read the reason')
  assert.deepEqual(api.logLines, [], 'a refused request writes no line to the log')
  assert.match((await api.app.inject('/metrics')).body, /requests_shed_total\{reason="disk_full"\} 3/)

  const ready = await api.app.inject('/readyz')
  assert.deepEqual([ready.statusCode, ready.json().degraded], [200, ['The disk is almost full.']])
  const reading = { headers: { authorization: `Bearer ${DEMO.admin}` } }
  assert.equal((await api.app.inject({ url: '/v1/games/demo/events', ...reading })).statusCode, 200)

  Object.assign(overload, NO_OVERLOAD)
  assert.equal((await postEvents(api, anEvent())).statusCode, 202)
  assert.equal((await api.app.inject('/readyz')).statusCode, 200)
})
