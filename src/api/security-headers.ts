// What a browser is told about every answer: nothing here is a page, but for /docs.
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** What Swagger's page needs, all of it from here. */
export const DOCS_POLICY = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'style-src': ["'self'", "'unsafe-inline'"],
  'frame-ancestors': ["'none'"],
}

export async function securityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
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
}
