// Makes keys and their hashes. Playtrace stores the hash of a key, and never the key.
import { hash, randomBytes } from 'node:crypto'

/** A write key may only send events, and ships in the game. An admin key may read and manage the game. */
export type KeyKind = 'write' | 'admin'

/** Returns `pt_w_` or `pt_a_` with 32 random URL-safe characters, which are 192 bits. */
export function newKey(kind: KeyKind): string {
  return `pt_${kind === 'write' ? 'w' : 'a'}_${randomBytes(24).toString('base64url')}`
}

/** A fast hash without salt is safe here, because a key has 192 random bits. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}

/** Returns the first 12 digits of the hash, which identify a key in lists and do not reveal it. */
export function fingerprintOf(keyHash: Buffer): string {
  return keyHash.toString('hex').slice(0, 12)
}
