// Keys: what they look like, and the hash by which alone they are kept.
import { hash, randomBytes } from 'node:crypto'

/** A write key may only send, and ships with the game; an admin key may read and manage. */
export type KeyKind = 'write' | 'admin'

/** `pt_w_…` or `pt_a_…` and 32 random URL-safe characters: 192 bits. */
export function newKey(kind: KeyKind): string {
  return `pt_${kind === 'write' ? 'w' : 'a'}_${randomBytes(24).toString('base64url')}`
}

/** Keys are random, not chosen: a plain SHA-256 tells nothing about them, and costs a request nothing. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}

/** The first digits of a key's hash: enough to name it, nothing to guess it by. */
export function fingerprintOf(keyHash: Buffer): string {
  return keyHash.toString('hex').slice(0, 12)
}
