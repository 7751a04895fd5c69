// What a browser is told about every answer: nothing here is a page, but for the dashboard and /docs.
import helmet from '@fastify/helmet'
import Fastify, { type FastifyInstance } from 'fastify'

/** What Swagger's page needs, all of it from here. */
export const DOCS_POLICY = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'style-src': ["'self'", "'unsafe-inline'"],
  'frame-ancestors': ["'none'"],
}

/** What the dashboard needs: its own files, and the API beside it. */
export const DASHBOARD_POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "object-src 'none'",
  "frame-ancestors 'none'",
].join(';')

/** They are the same for every answer, so helmet is asked for them once: it would put them together for each. */
export async function securityHeaders(app: FastifyInstance): Promise<void> {
  const headers = await helmetsHeaders()
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}

async function helmetsHeaders(): Promise<Record<string, string>> {
  const asked = Fastify()
  await asked.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // Whoever terminates TLS says so: Playtrace itself speaks HTTP.
    strictTransportSecurity: false,
    // For Internet Explorer and Flash.
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
  })
  asked.get('/', async () => '')
  const { headers } = await asked.inject('/')
  await asked.close()
  const {
    'content-length': _length,
    'content-type': _type,
    date: _date,
    connection: _connection,
    ...helmets
  } = headers
  return helmets as Record<string, string>
}
