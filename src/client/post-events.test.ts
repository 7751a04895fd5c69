// One request of events: its body, its retries and its errors.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { accept, acceptAll, QUICK_RETRIES, type Reply, standInServer } from '../../test/stand-in-server.ts'
import { envelopeBody, ndjsonBody } from './encode-body.ts'
import { createPost, type EncodeBody, PostError, StoppedError } from './post-events.ts'

const KEY = 'pt_w_0123456789abcdef0123456789abcdef'
const ENTRIES = ['{"n":12345678901234567890}', '{"n":1.0}'].map((text, index) => ({
  number: index + 1,
  json: Buffer.from(text),
}))

interface Given {
  encode?: EncodeBody
  stop?: AbortSignal
  withoutProgressMaxMs?: number
}

function postTo(url: string, given: Given = {}) {
  const causes: string[] = []
  const onRetry = (cause: string) => causes.push(cause)
  const { encode = ndjsonBody, stop = new AbortController().signal, ...limits } = given
  const options = { url, key: KEY, encode, stop, limits: { ...QUICK_RETRIES, ...limits }, onRetry }
  return { post: createPost(options), causes }
}

async function postToServer(t: TestContext, ...replies: [Reply, ...Reply[]]) {
  const server = await standInServer(t, (_, index) => replies[Math.min(index, replies.length - 1)] ?? 'cut')
  return { ...server, ...postTo(server.url) }
}

test('sends events as unchanged NDJSON with the key', async (t) => {
  const { url, requests } = await standInServer(t, acceptAll)
  const result = await postTo(url).post(ENTRIES)
  assert.deepEqual(result, { kind: 'answered', answer: { accepted: 2, rejected: [] } })
  assert.equal(requests[0]?.body, '{"n":12345678901234567890}\n{"n":1.0}\n')
  assert.equal(requests[0]?.url, '/v1/events')
  assert.equal(requests[0]?.headers.authorization, `Bearer ${KEY}`)
  assert.equal(requests[0]?.headers['content-type'], 'application/x-ndjson')
})

test('the URL may have a path, as behind a proxy', async (t) => {
  const { url, requests } = await standInServer(t, acceptAll)
  await postTo(`${url}/playtrace`).post(ENTRIES)
  assert.equal(requests[0]?.url, '/playtrace/v1/events')
})

for (const status of [408, 429, 500, 502, 503]) {
  test(`after a ${status} and a cut connection the same lines are sent again`, async (t) => {
    const { post, requests, causes } = await postToServer(t, { status, body: { title: 'Busy' } }, 'cut', accept(2))
    assert.equal((await post(ENTRIES)).kind, 'answered')
    assert.equal(requests.length, 3)
    assert.equal(new Set(requests.map(({ body }) => body)).size, 1)
    assert.equal(causes[0], `${status} Busy`)
  })
}

test('an envelope carries the time of each attempt', async (t) => {
  const sentAt: string[] = []
  const { url } = await standInServer(t, async ({ body }) => {
    sentAt.push(JSON.parse(body).sent_at)
    if (sentAt.length > 1 && sentAt[0] !== sentAt.at(-1)) return accept(2)
    return { status: 503 }
  })
  await postTo(url, { encode: envelopeBody }).post(ENTRIES)
  assert.ok(Date.parse(sentAt.at(-1) ?? '') > Date.parse(sentAt[0] ?? ''))
})

for (const status of [400, 401, 403, 404, 415, 301]) {
  test(`a ${status} ends the retries with the detail of the problem`, async (t) => {
    const body = { title: 'Not so', detail: 'Because of that.' }
    const { post, requests } = await postToServer(t, { status, body, headers: { location: '/elsewhere' } })
    await assert.rejects(post(ENTRIES), (error) => {
      assert.ok(error instanceof PostError)
      assert.match(error.message, new RegExp(`${status} Not so: Because of that\\.$`))
      return true
    })
    assert.equal(requests.length, 1)
  })
}

test('a 202 without verdicts is reported as not from Playtrace', async (t) => {
  const { post } = await postToServer(t, { status: 202, body: { ok: true } })
  await assert.rejects(post(ENTRIES), /is not a Playtrace server/)
})

test('retries end if the server stays away', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const { post } = postTo(`http://127.0.0.1:${port}`, { withoutProgressMaxMs: 100 })
  await assert.rejects(post(ENTRIES), /does not accept events: .*ECONNREFUSED.* Retries end after 0 s/)
})

test('retries end at once if Retry-After is beyond the limit', async (t) => {
  const { post, requests } = await postToServer(t, { status: 429, headers: { 'retry-after': '3600' } })
  await assert.rejects(post(ENTRIES), /Retry-After: 3600/)
  assert.equal(requests.length, 1)
})

test('a request is retried for as long as others succeed', async (t) => {
  const withoutProgressMaxMs = 1_000
  const endMs = Date.now() + 1.5 * withoutProgressMaxMs
  const { url } = await standInServer(t, ({ lines }) =>
    lines.length === 1 || Date.now() > endMs ? acceptAll({ lines } as never) : { status: 503 },
  )
  const { post } = postTo(url, { withoutProgressMaxMs })
  const starved = post(ENTRIES)
  while (Date.now() < endMs) await post(ENTRIES.slice(0, 1))
  assert.equal((await starved).kind, 'answered')
})

test('stop ends the wait for a retry', async (t) => {
  const controller = new AbortController()
  const { url } = await standInServer(t, () => {
    controller.abort()
    return { status: 503, headers: { 'retry-after': '0' } }
  })
  await assert.rejects(postTo(url, { stop: controller.signal }).post(ENTRIES), StoppedError)
})

test('an invalid URL is reported at once', async () => {
  for (const url of ['localhost:3000', 'ftp://127.0.0.1', 'http://']) {
    await assert.rejects(postTo(url).post(ENTRIES), /is not a valid URL/)
  }
  // 6000 is one of the ports that fetch refuses.
  await assert.rejects(postTo('http://127.0.0.1:6000').post(ENTRIES), /bad port/)
})

test('a key that is not valid in a header is reported at once', async () => {
  const options = { url: 'http://127.0.0.1:3000', encode: ndjsonBody, stop: new AbortController().signal }
  await assert.rejects(createPost({ ...options, key: 'pt_w_€' })(ENTRIES), PostError)
})
