// The dashboard at /: its page and the files that the page loads. `npm run build:dashboard` makes them.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { DASHBOARD_POLICY } from '../server/security-headers.ts'

export interface DashboardParts {
  /** The folder of the built dashboard. It may be absent. */
  dashboardDir: string
}

const NAMES = ['live', 'events', 'retention', 'levels', 'funnel', 'economy', 'revenue', 'player', 'rejected']
/** The paths of the screens. All have the same page, which chooses the screen by its path (dashboard/src/app.tsx). */
export const SCREENS = ['/', ...NAMES.map((name) => `/${name}`)]

const NOT_BUILT =
  'The dashboard is not built. Run `npm ci` without --omit=dev and start again. The API is documented at /docs.\n'

export async function dashboardRoutes(app: FastifyInstance, { dashboardDir }: DashboardParts): Promise<void> {
  const hidden = { schema: { hide: true } }
  if (!existsSync(join(dashboardDir, 'index.html'))) {
    app.get('/', hidden, (_request, reply) => reply.code(404).type('text/plain').send(NOT_BUILT))
    return
  }
  // The name of a file contains the hash of its content, so a file never changes.
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
      // The page names the files of this release, so a browser asks for it each time. The answer is 304 if it did not change.
      .header('cache-control', 'no-cache')
      .sendFile('index.html', dashboardDir, { cacheControl: false })
  for (const path of SCREENS) app.get(path, hidden, sendPage)
}
