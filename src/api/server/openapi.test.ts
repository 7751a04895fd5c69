// The documents: /openapi.json says what the routes hold to, and /docs shows it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestApp } from '../../../test/test-app.ts'
import { EventSchema } from '../../contract/event.ts'

/** Only what these tests look at; the rest of an OpenAPI document is open. */
interface Schema {
  type?: string
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  anyOf?: Schema[]
  items?: Schema
}
interface Operation {
  requestBody?: { content: Record<string, { schema: Schema }> }
  parameters?: { name: string; in: string; required?: boolean }[]
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
  security?: Record<string, string[]>[]
}
interface OpenApi {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, unknown> }
}

async function readDocument(): Promise<OpenApi> {
  const api = await openTestApp()
  try {
    return (await api.app.inject('/openapi.json')).json()
  } finally {
    await api.close()
  }
}

test('the document has every route, and no other', async () => {
  const { openapi, info, paths } = await readDocument()
  assert.match(openapi, /^3\.1\./)
  assert.deepEqual([info.title, info.version], ['Playtrace', '0.0.0'])
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  )
  assert.deepEqual(routes.sort(), [
    'get /healthz',
    'get /metrics',
    'get /readyz',
    'get /v1/games/{game}/events',
    'get /v1/games/{game}/events.csv',
    'get /v1/games/{game}/events.ndjson',
    'get /v1/games/{game}/events/{event_id}',
    'get /v1/games/{game}/live',
    'get /v1/games/{game}/players/{player_id}',
    'get /v1/games/{game}/properties',
    'get /v1/games/{game}/rejections',
    'get /v1/games/{game}/rejections/list',
    'get /v1/games/{game}/rejections/{rejection_id}',
    'get /v1/games/{game}/reports/funnel',
    'get /v1/games/{game}/reports/levels',
    'get /v1/games/{game}/reports/overview',
    'get /v1/games/{game}/reports/resources',
    'get /v1/games/{game}/reports/retention',
    'get /v1/games/{game}/reports/revenue',
    'get /v1/games/{game}/reports/timeseries',
    'get /v1/key',
    'post /v1/events',
    'post /v1/games/{game}/rejections/replay',
  ])
})

test('sending is documented by the schema that judges events, for the three content types', async () => {
  const send = (await readDocument()).paths['/v1/events']?.post ?? assert.fail()
  const content = send.requestBody?.content ?? assert.fail()
  assert.deepEqual(Object.keys(content).sort(), ['application/json', 'application/x-ndjson', 'text/plain'])
  for (const [type, { schema }] of Object.entries(content)) {
    const [event, list, envelope] = schema.anyOf ?? [schema]
    const { properties, ...fields } = JSON.parse(JSON.stringify(EventSchema.properties))
    const { properties: documented, ...documentedFields } = event?.properties ?? {}
    assert.deepEqual(documentedFields, fields)
    assert.deepEqual([documented?.type, documented?.description], ['object', properties.description])
    assert.deepEqual(event?.required, ['name', 'player_id'])
    if (type === 'application/x-ndjson') continue // one event a line
    assert.deepEqual(list?.items, event)
    assert.deepEqual(Object.keys(envelope?.properties ?? {}), ['events', 'sent_at'])
    assert.deepEqual(envelope?.properties?.events?.items, event)
  }
  assert.deepEqual(Object.keys(send.responses), ['202', '422', '4XX', '5XX'])
})

test('what needs a key says so by a scheme that is there', async () => {
  const { paths, components } = await readDocument()
  for (const [path, operations] of Object.entries(paths)) {
    for (const { security } of Object.values(operations)) {
      const schemes = (security ?? []).flatMap((scheme) => Object.keys(scheme))
      assert.equal(schemes.length > 0, path.startsWith('/v1/'), path)
      for (const scheme of schemes) assert.ok(components.securitySchemes[scheme], path)
    }
  }
})

test('a path’s parameters are those in its name, and filters are optional', async () => {
  const { paths } = await readDocument()
  for (const [path, operations] of Object.entries(paths)) {
    const inPath = ((operations.get ?? operations.post)?.parameters ?? []).filter(
      (parameter) => parameter.in === 'path',
    )
    assert.deepEqual(
      inPath.map(({ name, required }) => [name, required]),
      [...path.matchAll(/{(\w+)}/g)].map(([, name]) => [name, true]),
    )
  }
  const inQuery = paths['/v1/games/{game}/events']?.get?.parameters?.filter(
    (parameter) => parameter.in === 'query',
  )
  assert.deepEqual(inQuery?.map(({ name }) => name).sort(), [
    'cursor',
    'from',
    'limit',
    'name',
    'player_id',
    'session_id',
    'to',
  ])
  assert.ok(inQuery?.every(({ required }) => !required))
})

test('a key in the query is documented where it is taken: other routes refuse a parameter that they do not name', async () => {
  const { paths } = await readDocument()
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.values(operations).some(({ security }) => security?.some((scheme) => scheme.query)) ? path : [],
  )
  assert.deepEqual(documented.sort(), [
    '/v1/events',
    '/v1/games/{game}/events.csv',
    '/v1/games/{game}/events.ndjson',
    '/v1/games/{game}/live',
    '/v1/key',
  ])
})

test('every error is documented as a problem', async () => {
  const { paths } = await readDocument()
  for (const [path, operations] of Object.entries(paths)) {
    if (!path.startsWith('/v1/')) continue
    for (const { responses } of Object.values(operations)) {
      for (const group of ['4XX', '5XX']) {
        const content = responses[group]?.content ?? assert.fail(`${path} ${group}`)
        assert.deepEqual(Object.keys(content), ['application/problem+json'], path)
      }
    }
  }
})

test('/docs is a page', async (t) => {
  const api = await openTestApp()
  t.after(() => api.close())
  const page = await api.app.inject('/docs')
  assert.equal(page.statusCode, 200)
  assert.match(String(page.headers['content-type']), /^text\/html/)
  assert.match(page.body, /swagger-ui/)
})
