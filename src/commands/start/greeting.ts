// The text that `playtrace start` prints when it is ready: addresses, keys, and two commands to paste.
import { fingerprintOf, hashKey } from '../../contract/key.ts'
import { FIRST_GAME, type Keys } from '../data-dir.ts'

export interface RunningSystem {
  origin: string
  dataDir: string
  keys: Keys
  /** The variables that gave a key. */
  variables: { write: KeyVariable | undefined; admin: KeyVariable | undefined }
  /** Where the keys without a variable come from, as shown to the user. */
  keysOrigin: string
}

export type KeyVariable = 'PLAYTRACE_WRITE_KEY' | 'PLAYTRACE_ADMIN_KEY'

/** Returns a key as it is printed. Output is often kept, so a key from a variable is shown by its fingerprint only. */
export function shownKey(
  kind: 'write' | 'admin',
  { keys, variables }: Pick<RunningSystem, 'keys' | 'variables'>,
): string {
  const key = keys[`${kind}_key`]
  const variable = variables[kind]
  return variable ? `fingerprint ${fingerprintOf(hashKey(key))}, from ${variable}` : key
}

/** Returns the option of curl that sends a key. The shell fills in a key from a variable. */
function header(kind: 'write' | 'admin', { keys, variables }: RunningSystem): string {
  const variable = variables[kind]
  return variable ? `-H "Authorization: Bearer $${variable}"` : `-H 'Authorization: Bearer ${keys[`${kind}_key`]}'`
}

export function greeting(system: RunningSystem): string {
  const { origin, dataDir, keysOrigin } = system
  const event = '{"name":"level_complete","player_id":"player-1","properties":{"level":1}}'
  return `
Playtrace is ready.

  Dashboard   ${origin}   sign in with the admin key
  API         ${origin}
  Docs        ${origin}/docs
  Data        ${dataDir}
  Write key   ${shownKey('write', system)}   sends events
  Admin key   ${shownKey('admin', system)}   reads and manages
${keysOrigin && `              (${keysOrigin})\n`}
Send an event:

  curl -s ${origin}/v1/events ${header('write', system)} -H 'Content-Type: application/json' -d '${event}'

Read it back:

  sleep 1; curl -s ${origin}/v1/games/${FIRST_GAME}/events ${header('admin', system)}

Press Ctrl-C to stop. The data is kept.
`
}
