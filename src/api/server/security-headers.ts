// Security headers for browsers. By default no answer is a page; the dashboard and /docs have policies of their own.
import type { FastifyInstance } from 'fastify'

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

/**
 * Those that helmet recommends, but for Strict-Transport-Security (whoever terminates TLS sets it) and the headers for
 * Internet Explorer and Flash.
 */
const HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'SAMEORIGIN',
  'x-xss-protection': '0',
}

export function securityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(HEADERS)
    done()
  })
}
