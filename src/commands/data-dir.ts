// The data folder of a self-contained Playtrace, and the keys of its first game, which are generated once and kept there.
import { mkdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { newKey } from '../contract/key.ts'
import { keepSecret, readSecret } from '../embedded-postgres/secret-file.ts'

/** The game that exists from the start; keys given by variable, or generated, are its. */
export const FIRST_GAME = 'demo'

/** The two keys of {@link FIRST_GAME}. */
export interface Keys {
  write_key: string
  admin_key: string
}

export function keysFile(dataDir: string): string {
  return join(resolve(dataDir), 'keys.json')
}

/**
 * Makes the folder where there is none.
 * @returns its one true path, however it was spelled: what a lock and a process's command line are compared by
 */
export async function openDataDir(dataDir: string): Promise<string> {
  // Run by root, the database is another user, who has to pass through; the secrets in the folder are shut themselves.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  try {
    await mkdir(dataDir, { recursive: true, mode })
    return await realpath(dataDir)
  } catch (cause) {
    throw new Error(`The data folder ${resolve(dataDir)} cannot be made; PLAYTRACE_DATA_DIR names another.`, {
      cause,
    })
  }
}

/** @returns the keys that `start` generated in this folder, or undefined where it has not */
export async function storedKeys(dataDir: string): Promise<Keys | undefined> {
  const path = keysFile(dataDir)
  const text = await readSecret(path)
  if (text === undefined) return undefined
  try {
    const { write_key, admin_key } = JSON.parse(text) as Partial<Keys>
    if (typeof write_key === 'string' && typeof admin_key === 'string') return { write_key, admin_key }
  } catch (cause) {
    throw new Error(`${path} is not JSON. Mend it, or delete it to have new keys generated.`, { cause })
  }
  throw new Error(
    `${path} holds no write_key and admin_key. Mend it, or delete it to have new keys generated.`,
  )
}

/** A key that was set wins over the folder's; a folder that has none gets them when they are first needed. */
export async function keysOf(config: Config): Promise<Keys & { generated: boolean }> {
  const { writeKey, adminKey, dataDir } = config
  if (writeKey && adminKey) return { write_key: writeKey, admin_key: adminKey, generated: false }
  const stored = await storedKeys(dataDir)
  const keys = stored ?? { write_key: newKey('write'), admin_key: newKey('admin') }
  if (!stored) await keepSecret(keysFile(dataDir), `${JSON.stringify(keys, null, 2)}\n`)
  return { write_key: writeKey ?? keys.write_key, admin_key: adminKey ?? keys.admin_key, generated: !stored }
}
