// Faults that cut connections in the middle of a request or a COPY, or between a commit and its answer.
import type { Cut, TcpProxy } from '../tcp-proxy.ts'
import { type Fault, Missed, needsRedis } from './fault.ts'

/** Longer than the batches of a killed worker wait, so that there is traffic to cut within this time. */
const WAIT_MS_MAX = 30_000

async function cut(proxy: TcpProxy | undefined, where: Cut): Promise<void> {
  if (!(await proxy?.cutOne(where, WAIT_MS_MAX))) throw new Missed('No connection matched the cut.')
}

export const CUTS: Fault[] = [
  {
    name: 'client cut mid-request',
    inject: ({ proxies }) => cut(proxies.api, { after: undefined, lose: 'half' }),
  },
  {
    name: 'client cut before its answer',
    inject: ({ proxies }) => cut(proxies.api, { after: undefined, lose: 'answer' }),
  },
  {
    name: 'database cut mid-COPY',
    inject: ({ proxies }) => cut(proxies.database, { after: 'copy staged_events', lose: 'half' }),
  },
  {
    name: 'database cut before it confirms a commit',
    inject: ({ proxies }) => cut(proxies.database, { after: 'commit', lose: 'answer' }),
  },
  {
    name: 'all connections to PostgreSQL cut',
    isOfDatabase: true,
    inject: async ({ proxies }) => proxies.database.cutAll(),
  },
  {
    name: 'Redis cut mid-command',
    whyNot: needsRedis,
    inject: ({ proxies }) => cut(proxies.redis, { after: undefined, lose: 'half' }),
  },
  {
    name: 'Redis cut before its answer',
    whyNot: needsRedis,
    inject: ({ proxies }) => cut(proxies.redis, { after: undefined, lose: 'answer' }),
  },
]
