// Makes keys and their hashes. Playtrace stores the hash of a key, and never the key.
import { hash, randomBytes } from 'node:crypto'

/** What a key of each kind is for, and the letter in it. */
export const KEY_KINDS = {
  write: { letter: 'w', use: 'sends events, and ships in the game' },
  server: { letter: 's', use: 'sends events from a server of the studio' },
  read: { letter: 'r', use: 'reads the reports and events of a game' },
  admin: { letter: 'a', use: 'reads and manages a game' },
  installation: { letter: 'i', use: 'reads and manages all games' },
}

export type KeyKind = keyof typeof KEY_KINDS

/** The kinds of keys that have each right. */
export const MAY_SEND: readonly KeyKind[] = ['write', 'server']
export const MAY_READ: readonly KeyKind[] = ['read', 'admin', 'installation']
export const MAY_MANAGE: readonly KeyKind[] = ['admin', 'installation']

/** Returns the start of every key of the kind, such as `pt_w_`, with 32 random URL-safe characters, which are 192 bits. */
export function newKey(kind: KeyKind): string {
  return `pt_${KEY_KINDS[kind].letter}_${randomBytes(24).toString('base64url')}`
}

/** A fast hash without salt is safe here, because a key has 192 random bits. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}

/** Returns the first 12 digits of the hash, which identify a key in lists and do not reveal it. */
export function fingerprintOf(keyHash: Buffer): string {
  return keyHash.toString('hex').slice(0, 12)
}
