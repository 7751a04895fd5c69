// What `playtrace start` says when it is ready: where it is, the keys, and two lines to paste.
import { FIRST_GAME } from '../data-dir.ts'
import type { RunningSystem } from '../start.ts'

/** Addresses that mean "every address of this machine", and the one to reach them by. */
const REACHED_BY: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

export function originOf(host: string, port: number): string {
  return `http://${REACHED_BY[host] ?? (host.includes(':') ? `[${host}]` : host)}:${port}`
}

export function greeting({ origin, dataDir, keys, keysAre }: RunningSystem): string {
  const event = '{"name":"level_complete","player_id":"player-1","properties":{"level":1}}'
  return `
Playtrace is ready.

  Dashboard   ${origin}   sign in with the admin key
  API         ${origin}
  Docs        ${origin}/docs
  Data        ${dataDir}
  Write key   ${keys.write_key}   sends events
  Admin key   ${keys.admin_key}   reads and manages
              (${keysAre})

Send a first event:

  curl -s ${origin}/v1/events -H 'Authorization: Bearer ${keys.write_key}' -H 'Content-Type: application/json' -d '${event}'

Read it back:

  curl -s ${origin}/v1/games/${FIRST_GAME}/events -H 'Authorization: Bearer ${keys.admin_key}'

Ctrl-C stops it; the data stays.
`
}
