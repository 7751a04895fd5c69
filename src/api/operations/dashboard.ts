// The dashboard at /: its page, and what that loads. Both are files that `npm run build:dashboard` makes.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { DASHBOARD_POLICY } from '../server/security-headers.ts'

export interface DashboardParts {
  /** Where the built dashboard is, or would be. */
  dashboardDir: string
}

/** The screens: each is the same page, which shows what its address says (dashboard/src/app.tsx). */
export const SCREENS = [
  '/',
  '/live',
  '/events',
  '/retention',
  '/levels',
  '/funnel',
  '/economy',
  '/revenue',
  '/player',
  '/rejected',
]

const NOT_BUILT =
  'The dashboard is not built: run `npm run build:dashboard` and start again; the API is documented at /docs.\n'

export async function dashboardRoutes(app: FastifyInstance, { dashboardDir }: DashboardParts): Promise<void> {
  const hidden = { schema: { hide: true } }
  if (!existsSync(join(dashboardDir, 'index.html'))) {
    app.get('/', hidden, (_request, reply) => reply.code(404).type('text/plain').send(NOT_BUILT))
    return
  }
  // A file's name has the hash of its content: what was loaded once never changes.
  await app.register(fastifyStatic, {
    root: join(dashboardDir, 'assets'),
    prefix: '/assets/',
    index: false,
    preCompressed: true,
    immutable: true,
    maxAge: '1y',
  })
  const sendPage = (_request: unknown, reply: FastifyReply) =>
    reply
      .header('content-security-policy', DASHBOARD_POLICY)
      // The page names the files of this release: it is asked for each time, and is answered by 304 where it is the same.
      .header('cache-control', 'no-cache')
      .sendFile('index.html', dashboardDir, { cacheControl: false })
  for (const path of SCREENS) app.get(path, hidden, sendPage)
}
