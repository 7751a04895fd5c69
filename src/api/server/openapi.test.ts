// /openapi.json describes every route for readers and for generated clients, and /docs shows it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestApp } from '../../../test/test-app.ts'
import { PROBLEM_CODES } from '../../contract/answer.ts'
import { EventSchema } from '../../contract/event.ts'
import { REJECTION_REASONS } from '../../contract/rejection.ts'
import EXAMPLES from './openapi-examples.json' with { type: 'json' }

/** The parts of a document that these tests read. */
interface Schema {
  $ref?: string
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  enum?: string[]
  anyOf?: Schema[]
  items?: Schema
  examples?: unknown[]
}
interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
}
interface Answer {
  description: string
  headers?: Record<string, object>
  content?: Record<string, { schema: Schema }>
}
interface Operation {
  operationId: string
  summary: string
  tags: string[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  parameters?: Parameter[]
  responses: Record<string, Answer>
  security: { key?: []; header?: []; query?: [] }[]
}
interface OpenApi {
  openapi: string
  info: { title: string; version: string }
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, { get?: Operation; post?: Operation }>
  components: { securitySchemes: Record<string, unknown>; schemas: Record<string, Schema> }
}

const PROBLEM_TYPE = 'application/problem+json'

async function readDocument(): Promise<OpenApi> {
  const api = await openTestApp()
  try {
    return (await api.app.inject('/openapi.json')).json()
  } finally {
    await api.close()
  }
}

/** All operations of a document, each with `GET /path` for messages. */
function operationsOf({ paths }: OpenApi) {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      path,
      route: `${method} ${path}`,
    })),
  )
}

test('the document has every route, and no other', async () => {
  const document = await readDocument()
  assert.match(document.openapi, /^3\.1\./)
  assert.deepEqual([document.info.title, document.info.version], ['Playtrace', '0.0.0'])
  assert.equal(document.servers[0]?.url, '/')
  assert.deepEqual(
    operationsOf(document)
      .map(({ operationId, route }) => [operationId, route])
      .sort(),
    [
      ['createDownload', 'post /v1/games/{game}/downloads'],
      ['download', 'get /v1/downloads/{token}'],
      ['explainEvent', 'get /v1/games/{game}/events/{event_id}'],
      ['exportEventsAsCsv', 'get /v1/games/{game}/events.csv'],
      ['exportEventsAsNdjson', 'get /v1/games/{game}/events.ndjson'],
      ['getBatch', 'get /v1/games/{game}/batches/{batch_id}'],
      ['getDataQualityReport', 'get /v1/games/{game}/reports/data-quality'],
      ['getFunnelReport', 'get /v1/games/{game}/reports/funnel'],
      ['getHealth', 'get /healthz'],
      ['getKey', 'get /v1/key'],
      ['getLevelsReport', 'get /v1/games/{game}/reports/levels'],
      ['getMetrics', 'get /metrics'],
      ['getOverviewReport', 'get /v1/games/{game}/reports/overview'],
      ['getPlayer', 'get /v1/games/{game}/players/{player_id}'],
      ['getProperties', 'get /v1/games/{game}/properties'],
      ['getReadiness', 'get /readyz'],
      ['getRejection', 'get /v1/games/{game}/rejections/{rejection_id}'],
      ['getResourcesReport', 'get /v1/games/{game}/reports/resources'],
      ['getRetentionReport', 'get /v1/games/{game}/reports/retention'],
      ['getRevenueReport', 'get /v1/games/{game}/reports/revenue'],
      ['getTimeseriesReport', 'get /v1/games/{game}/reports/timeseries'],
      ['listEvents', 'get /v1/games/{game}/events'],
      ['listRejectionGroups', 'get /v1/games/{game}/rejections'],
      ['listRejections', 'get /v1/games/{game}/rejections/list'],
      ['replayRejections', 'post /v1/games/{game}/rejections/replay'],
      ['sendEvents', 'post /v1/events'],
      ['streamLiveEvents', 'get /v1/games/{game}/live'],
    ],
  )
})

test('every operation has a name of its own, a summary, and a tag that is described', async () => {
  const document = await readDocument()
  const operations = operationsOf(document)
  const tags = document.tags.map(({ name }) => name)
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  for (const { operationId, summary, tags: used, route } of operations) {
    assert.match(operationId, /^[a-z]+([A-Z][a-z]*)*$/, route)
    assert.match(summary, /^[A-Z].*[^.]$/, route)
    assert.ok(used.length === 1 && used.every((tag) => tags.includes(tag)), route)
  }
})

test('every answer has a description and a schema', async () => {
  for (const { responses, route } of operationsOf(await readDocument())) {
    for (const [status, { description, content }] of Object.entries(responses)) {
      assert.match(status, /^[1-5]\d\d$/, route)
      assert.ok(description && description !== 'Default Response', `${route} ${status}`)
      const schemas = Object.values(content ?? {}).map(({ schema }) => schema)
      assert.ok(schemas.length > 0 && schemas.every(Boolean), `${route} ${status}`)
    }
  }
})

test('every answer that is JSON has a schema with a name', async () => {
  for (const { responses, route } of operationsOf(await readDocument())) {
    for (const [status, { content }] of Object.entries(responses)) {
      const schema = content?.['application/json']?.schema
      if (schema) assert.match(schema.$ref ?? '', /^#\/components\/schemas\//, `${route} ${status}`)
    }
  }
})

test('every reference resolves, and every schema with a name is used', async () => {
  const document = await readDocument()
  const names = new Set(Object.keys(document.components.schemas))
  const used = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref)
  assert.deepEqual(new Set(used), new Set([...names].map((name) => `#/components/schemas/${name}`)))
  for (const name of names) assert.match(name, /^([A-Z][a-z]+)+$/)
})

test('each example belongs to a schema', async () => {
  const { schemas } = (await readDocument()).components
  for (const [name, example] of Object.entries(EXAMPLES)) {
    assert.deepEqual(schemas[name]?.examples, [example], name)
  }
})

test('sending is documented by the schema that validates events', async () => {
  const { paths, components } = await readDocument()
  const send = paths['/v1/events']?.post ?? assert.fail()
  const content = send.requestBody?.content ?? assert.fail()
  assert.deepEqual(Object.keys(content).sort(), [
    'application/json',
    'application/jsonl',
    'application/ndjson',
    'application/x-ndjson',
    'text/plain',
  ])
  assert.deepEqual(content['application/json'], content['text/plain'])
  const { Event, EventsEnvelope, SendEventsRequest, Verdict } = components.schemas
  assert.deepEqual(
    SendEventsRequest?.anyOf?.map(({ $ref, items }) => $ref ?? items?.$ref),
    ['#/components/schemas/Event', '#/components/schemas/Event', '#/components/schemas/EventsEnvelope'],
  )
  const { properties, ...fields } = JSON.parse(JSON.stringify(EventSchema.properties))
  const { properties: documented, ...documentedFields } = Event?.properties ?? {}
  assert.deepEqual(documentedFields, fields)
  assert.equal(documented?.description, properties.description)
  assert.deepEqual(Event?.required, ['name', 'player_id'])
  assert.deepEqual(Object.keys(EventsEnvelope?.properties ?? {}), ['events', 'sent_at'])
  assert.deepEqual(Object.keys(Verdict?.properties ?? {}), ['accepted', 'rejected'])
})

test('the answers to a sender have their headers', async () => {
  const { responses } = (await readDocument()).paths['/v1/events']?.post ?? assert.fail()
  const headers = Object.entries(responses).map(([status, answer]) => [status, ...Object.keys(answer.headers ?? {})])
  assert.deepEqual(headers, [
    ['202', 'Playtrace-Batch-Id'],
    ['400'],
    ['401', 'WWW-Authenticate'],
    ['403'],
    ['408'],
    ['413'],
    ['415'],
    ['422', 'Playtrace-Batch-Id'],
    ['429', 'Retry-After'],
    ['431'],
    ['500'],
    ['503', 'Retry-After'],
  ])
})

test('reasons and codes are listed and described, and the lists stay open', async () => {
  const { RejectionReason, ProblemCode } = (await readDocument()).components.schemas
  const lists: [Schema | undefined, readonly string[]][] = [
    [RejectionReason, REJECTION_REASONS],
    [ProblemCode, Object.keys(PROBLEM_CODES)],
  ]
  for (const [schema, words] of lists) {
    assert.deepEqual(schema?.anyOf, [{ type: 'string', enum: words }, { type: 'string' }])
    assert.match(schema.description ?? '', /open set/)
    for (const word of words) assert.ok(schema.description?.includes(`- \`${word}\`: `), word)
  }
})

test('a route that needs a key has a security scheme that exists', async () => {
  const document = await readDocument()
  for (const { security, route, path } of operationsOf(document)) {
    const schemes = security.flatMap((scheme) => Object.keys(scheme))
    // The token of a download link replaces the key.
    const needsKey = path.startsWith('/v1/') && path !== '/v1/downloads/{token}'
    assert.equal(schemes.length > 0, needsKey, route)
    for (const scheme of schemes) assert.ok(document.components.securitySchemes[scheme], route)
  }
})

test('a key in the URL is documented for sending only', async () => {
  const routes = operationsOf(await readDocument())
  const inQuery = routes.filter(({ security }) => security.some((scheme) => scheme.query))
  assert.deepEqual(
    inQuery.map(({ route }) => route),
    ['post /v1/events'],
  )
})

test('every parameter has a description, each parameter of a path is in its name, and filters are optional', async () => {
  const document = await readDocument()
  for (const { parameters = [], path, route } of operationsOf(document)) {
    for (const { name, description } of parameters) assert.ok(description, `${route} ${name}`)
    assert.deepEqual(
      parameters.filter((parameter) => parameter.in === 'path').map(({ name, required }) => [name, required]),
      [...path.matchAll(/{(\w+)}/g)].map(([, name]) => [name, true]),
    )
  }
  const { parameters = [] } = document.paths['/v1/games/{game}/events']?.get ?? assert.fail()
  const inQuery = parameters.filter((parameter) => parameter.in === 'query')
  assert.deepEqual(inQuery.map(({ name }) => name).sort(), [
    'country',
    'cursor',
    'from',
    'limit',
    'name',
    'player_id',
    'seq',
    'session_id',
    'to',
  ])
  assert.ok(inQuery.every(({ required }) => !required))
})

test('the errors of a route below /v1 are documented as problems', async () => {
  for (const { responses, security, route, path } of operationsOf(await readDocument())) {
    if (!path.startsWith('/v1/')) continue
    const statuses = ['400', '429', '500', '503', ...(security.length > 0 ? ['401'] : [])]
    if (path.startsWith('/v1/games/')) statuses.push('403', '421', '504')
    for (const status of statuses) assert.ok(responses[status], `${route} ${status}`)
    for (const [status, { content }] of Object.entries(responses)) {
      if (status < '400' || status === '422') continue
      assert.deepEqual(
        content,
        { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
        `${route} ${status}`,
      )
    }
  }
})

test('/docs is a page without another logo', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const page = await api.app.inject('/docs')
  assert.equal(page.statusCode, 200)
  assert.match(String(page.headers['content-type']), /^text\/html/)
  assert.match(page.body, /<title>Playtrace API<\/title>/)
  assert.doesNotMatch(page.body, /favicon/)
  const script = await api.app.inject('/docs/static/swagger-initializer.js')
  assert.match(script.body, /"layout":"BaseLayout"/)
})
