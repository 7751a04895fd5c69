// Clients without manners against the real API: a thousand connections that send slowly or nothing, clients that vanish in the
// middle, bodies that are small on the wire and large in memory. Everyone else is served, and memory stays within bounds.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { REQUEST_INFLATED_BYTES_MAX } from '../../src/contract/limits.ts'
import { notRun } from '../not-run.ts'
import { onEnd } from '../on-end.ts'
import { until } from '../until.ts'
import { processesOf } from './launch.ts'
import { type System, startSystem } from './system.ts'

const CONNECTIONS = 1_000
const VANISHING = 300
const LARGE_BODIES = 50
/** Of the API at its worst; idle it takes 150. Without bounds it took 917. */
const RSS_MIB_MAX = 512
/** On a busy machine a body of 8 MiB takes its time. */
const ANSWER_MS_MAX = 120_000

test('the memory of the API is limited, slow clients are disconnected, and other clients are served', async (t) => {
  if (process.platform !== 'linux') {
    return notRun({ what: 'memory under hostile clients', why: 'no /proc', required: false })
  }
  const system = await startSystem(t)
  const pid = await until(async () => (await processesOf(system.parent, 'api'))[0])

  const slow = await openMany(t, system, CONNECTIONS)
  for (const [index, socket] of slow.entries()) socket.write(slowRequest(system, index))
  for (let vanished = 0; vanished < VANISHING; vanished += 100) {
    for (const socket of await openMany(t, system, 100)) {
      socket.write(`${head(system)}Content-Length: 500000\r\n\r\n[${'1,'.repeat(50_000)}`, () =>
        socket.resetAndDestroy(),
      )
    }
  }
  assert.equal((await post(system, TICK)).status, 202, 'with all of them open')

  const bodies = LARGE.map((text) => gzipSync(text))
  const answers = Array.from({ length: LARGE_BODIES }, (_, index) =>
    post(system, bodies[index % bodies.length] as Buffer, { 'content-encoding': 'gzip' }),
  )
  for (const { status, headers } of await Promise.all(answers)) {
    assert.ok([202, 413, 422, 503].includes(status), `answered ${status}`)
    if (status === 503) assert.ok(headers.get('retry-after'))
  }
  await until(async () => (await post(system, TICK)).status === 202)
  const withoutHeaders = slow.filter((_, index) => index % 3 !== 2)
  await until(() => withoutHeaders.every((socket) => socket.destroyed), ANSWER_MS_MAX)
  const peakMib = await peakRssMib(pid)
  assert.ok(peakMib < RSS_MIB_MAX, `${peakMib} MiB at its peak`)
})

const TICK = Buffer.from('{"name":"tick","player_id":"p"}')

/** Each of the length that inflating allows: too many events, one that is none, and many that stand. */
const LARGE = [
  `[${'1,'.repeat(REQUEST_INFLATED_BYTES_MAX / 2 - 2)}1]`,
  `["${'x'.repeat(REQUEST_INFLATED_BYTES_MAX - 4)}"]`,
  JSON.stringify(
    Array.from({ length: 1_000 }, () => ({
      name: 'x',
      player_id: 'p',
      properties: { t: 'y'.repeat(8_000) },
    })),
  ),
]

function head({ writeKey }: System): string {
  return `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${writeKey}\r\nContent-Type: application/json\r\n`
}

/** Nothing, half of the headers, or half of a body. */
function slowRequest(system: System, index: number): string {
  const halfBody = `${head(system)}Content-Length: 40000\r\n\r\n[${' '.repeat(20_000)}`
  return ['', head(system), halfBody][index % 3] as string
}

async function openMany(t: TestContext, { url }: System, count: number): Promise<Socket[]> {
  const port = Number(new URL(url).port)
  const sockets = Array.from({ length: count }, () =>
    connect(port, '127.0.0.1')
      .on('error', () => {})
      .resume(),
  )
  onEnd(t, () => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  return sockets
}

async function post({ url, writeKey }: System, body: Buffer, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json', ...headers },
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  })
  await response.arrayBuffer()
  return response
}

async function peakRssMib(pid: number): Promise<number> {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kib) / 1024)
}
