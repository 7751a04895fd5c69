// The text that `playtrace start` prints when it is ready: addresses, keys, and two commands to paste.
import { FIRST_GAME, type Keys } from '../data-dir.ts'
import { type KeyVariables, shownKeys } from '../shown-keys.ts'

export interface RunningSystem {
  origin: string
  dataDir: string
  keys: Keys
  keyVariables: KeyVariables
  /** Where the keys without a variable come from, as shown to the user. */
  keysOrigin: string
}

/** Returns the option of curl that sends a key. The shell fills in a key from a variable. */
function header(kind: 'write' | 'admin', { keys, keyVariables }: RunningSystem): string {
  const variable = keyVariables[kind]
  return variable ? `-H "Authorization: Bearer $${variable}"` : `-H 'Authorization: Bearer ${keys[`${kind}_key`]}'`
}

export function greeting(system: RunningSystem): string {
  const { origin, dataDir, keys, keyVariables, keysOrigin } = system
  const event = '{"name":"level_complete","player_id":"player-1","properties":{"level":1}}'
  return `
Playtrace is ready.

  Dashboard   ${origin}   sign in with the admin key
  API         ${origin}
  Docs        ${origin}/docs
  Data        ${dataDir}
${shownKeys(keys, keyVariables)}
${keysOrigin && `              (${keysOrigin})\n`}
Send an event:

  curl -s ${origin}/v1/events ${header('write', system)} -H 'Content-Type: application/json' -d '${event}'

Read it back:

  sleep 1; curl -s ${origin}/v1/games/${FIRST_GAME}/events ${header('admin', system)}

Press Ctrl-C to stop. The data is kept.
`
}
