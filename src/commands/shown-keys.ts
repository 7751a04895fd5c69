// How the keys of the first game are printed.
import type { Config } from '../config.ts'
import { fingerprintOf, hashKey } from '../contract/key.ts'
import type { Keys } from './data-dir.ts'

type Kind = 'write' | 'admin'

/** The variables that gave a key. */
export type KeyVariables = Record<Kind, 'PLAYTRACE_WRITE_KEY' | 'PLAYTRACE_ADMIN_KEY' | undefined>

export function keyVariables({ writeKey, adminKey }: Config): KeyVariables {
  return {
    write: writeKey ? 'PLAYTRACE_WRITE_KEY' : undefined,
    admin: adminKey ? 'PLAYTRACE_ADMIN_KEY' : undefined,
  }
}

/** Returns a key as it is printed. Output is often kept, so a key from a variable is shown by its fingerprint only. */
export function shownKey(kind: Kind, keys: Keys, variables: KeyVariables): string {
  const key = keys[`${kind}_key`]
  const variable = variables[kind]
  return variable ? `fingerprint ${fingerprintOf(hashKey(key))}, from ${variable}` : key
}

export function shownKeys(keys: Keys, variables: KeyVariables): string {
  return `  Write key   ${shownKey('write', keys, variables)}   sends events
  Admin key   ${shownKey('admin', keys, variables)}   reads and manages`
}
