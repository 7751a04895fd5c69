// The text that `playtrace start` prints when it is ready: addresses, keys, and two commands to paste.
import { FIRST_GAME, type Keys } from '../data-dir.ts'

export interface RunningSystem {
  origin: string
  dataDir: string
  keys: Keys
  /** Where the keys come from, as shown to the user. */
  keysOrigin: string
}

export function greeting({ origin, dataDir, keys, keysOrigin }: RunningSystem): string {
  const event = '{"name":"level_complete","player_id":"player-1","properties":{"level":1}}'
  return `
Playtrace is ready.

  Dashboard   ${origin}   sign in with the admin key
  API         ${origin}
  Docs        ${origin}/docs
  Data        ${dataDir}
  Write key   ${keys.write_key}   sends events
  Admin key   ${keys.admin_key}   reads and manages
              (${keysOrigin})

Send an event:

  curl -s ${origin}/v1/events -H 'Authorization: Bearer ${keys.write_key}' -H 'Content-Type: application/json' -d '${event}'

Read it back:

  sleep 1; curl -s ${origin}/v1/games/${FIRST_GAME}/events -H 'Authorization: Bearer ${keys.admin_key}'

Press Ctrl-C to stop. The data is kept.
`
}
