// The OpenAPI document at /openapi.json and its page at /docs: what all operations share, and the names of the schemas.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { PROBLEM_CODES, PROBLEM_MEANINGS, type ProblemCode, ProblemSchema } from '../../contract/answer.ts'
import { PROBLEM_TYPE } from './errors.ts'
import EXAMPLES from './openapi-examples.json' with { type: 'json' }
import { DOCS_POLICY } from './security-headers.ts'

/** The `security` of a route: which of the schemes below give it a key. */
export const KEY_IN_HEADER = [{ key: [] }, { header: [] }]
export const KEY_IN_HEADER_OR_QUERY = [...KEY_IN_HEADER, { query: [] }]
export const NO_KEY: [] = []

const DESCRIPTION = `Playtrace stores the events of games. An answer of 202 means that the events are on disk, will be stored
exactly once, and can be queried soon. The manual is \`docs/api.md\` in the source.

Every error has the content type \`application/problem+json\` (RFC 9457). A request that arrives too slowly is answered 408,
and a request with too many bytes of headers is answered 431, on every route.`

const LICENSE = { name: 'MIT', identifier: 'MIT' }

const TAGS = [
  { name: 'sending', description: 'The route that a game uses.' },
  { name: 'reading', description: 'Stored events.' },
  { name: 'reports', description: 'Figures for the game team. `docs/reports.md` defines each figure.' },
  { name: 'quarantine', description: 'Rejected events.' },
  { name: 'operations', description: 'For the operators of the server. These routes need no key.' },
]

const SECURITY_SCHEMES = {
  key: {
    type: 'http' as const,
    scheme: 'bearer',
    description:
      'A write key (`pt_w_…`) and a server key (`pt_s_…`) may send events. A read key (`pt_r_…`) may read its game, an admin key (`pt_a_…`) may also manage it, and an installation key (`pt_i_…`) may read and manage all games.',
  },
  header: {
    type: 'apiKey' as const,
    in: 'header',
    name: 'X-Api-Key',
    description: 'A key, as in `Authorization`.',
  },
  query: {
    type: 'apiKey' as const,
    in: 'query',
    name: 'key',
    description: 'A write key, for browser beacons, which cannot set a header. Any other key is refused.',
  },
}

/** The errors that every route below /v1 may give. */
const SHARED: ProblemCode[] = ['bad_request', 'too_many_requests', 'internal_error', 'unavailable']

const RETRY_AFTER = {
  'Retry-After': {
    type: 'integer',
    minimum: 1,
    maximum: 3_600,
    description: 'The number of seconds after which the client may send the same request again.',
  },
}
const AUTHENTICATE = {
  'WWW-Authenticate': { type: 'string', const: 'Bearer', description: 'The scheme of `Authorization`.' },
}
const PROBLEM_HEADERS: Record<number, object> = {
  401: AUTHENTICATE,
  429: RETRY_AFTER,
  503: RETRY_AFTER,
}

/** Registers the document and its page. Routes that are registered later are in the document. */
export async function openApiDocument(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Playtrace', description: DESCRIPTION, version, license: LICENSE },
      servers: [
        { url: '/', description: 'The server that gives this document.' },
        { url: 'http://127.0.0.1:3000', description: 'The server that `npm start` runs.' },
      ],
      tags: TAGS,
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transformObject: (document) => ('openapiObject' in document ? nameSchemas(document.openapiObject) : {}),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
    // The standard layout has a bar with the logo of Swagger.
    uiConfig: { layout: 'BaseLayout' },
    theme: { title: 'Playtrace API', favicon: [] },
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}

/** The error answers of a route below /v1: those of every such route, and `codes`. */
export function problems(...codes: ProblemCode[]) {
  const byStatus = Map.groupBy([...codes, ...SHARED], (code) => PROBLEM_CODES[code])
  const responses = [...byStatus].map(([status, group]) => [
    status,
    {
      description: group.map((code) => `\`${code}\`: ${PROBLEM_MEANINGS[code]}`).join('\n\n'),
      content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
      ...(PROBLEM_HEADERS[status] && { headers: PROBLEM_HEADERS[status] }),
    },
  ])
  return Object.fromEntries(responses) as Record<`${4 | 5}${number}`, object>
}

/** Moves every schema with a title to `components`, where a generator finds it under this name, and refers to it. */
function nameSchemas<Described extends { paths?: unknown; components?: object }>(document: Described): Described {
  const schemas: Record<string, object> = {}
  const paths = withReferences(document.paths, (title, schema) => {
    const known = schemas[title]
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`Two different schemas have the title ${title}. Give each its own title.`)
    }
    schemas[title] = schema
  })
  for (const [title, example] of Object.entries(EXAMPLES)) {
    schemas[title] = { ...schemas[title], examples: [example] }
  }
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { ...document, paths, components: { ...document.components, schemas: sorted } }
}

/** A copy of `node` in which every schema with a title is a reference; `define` gets the schema itself. */
function withReferences(node: unknown, define: (title: string, schema: object) => void): unknown {
  if (Array.isArray(node)) return node.map((part) => withReferences(part, define))
  if (typeof node !== 'object' || node === null) return node
  const { title, ...fields } = node as Record<string, unknown>
  const copy = Object.fromEntries(
    Object.entries(typeof title === 'string' ? fields : (node as object)).map(([key, value]) => [
      key,
      key === 'example' || key === 'examples' ? value : withReferences(value, define),
    ]),
  )
  if (typeof title !== 'string') return copy
  define(title, copy)
  return { $ref: `#/components/schemas/${title}` }
}
