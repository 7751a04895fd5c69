// The data folder, and the keys of the first game, which are generated once and stored in it.
import { existsSync } from 'node:fs'
import { mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Config, ConfigError } from '../config.ts'
import { newKey } from '../contract/key.ts'
import { readIfExists, storeSecret } from '../embedded-postgres/secret-file.ts'

/** This game is created at the first start. The keys from variables and the generated keys belong to it. */
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
 * Creates the folder if it does not exist.
 * @returns its real path, because locks and command lines of processes are compared by path
 */
export async function openDataDir(dataDir: string): Promise<string> {
  // As root, the database runs as another user, who must be able to enter the folder. The secrets have modes of their own.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  try {
    await makeFolder(resolve(dataDir), mode)
    return await realpath(dataDir)
  } catch (cause) {
    throw new ConfigError(
      `Cannot create the data folder ${resolve(dataDir)} (${codeOf(cause)}). Set PLAYTRACE_DATA_DIR to use another one.`,
      { cause },
    )
  }
}

/** Not with the option `recursive`: below /proc, where a folder cannot be created, Node.js then tries for ever. */
async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error
    await makeFolder(dirname(path), mode)
    await makeFolder(path, mode)
  }
}

/** @returns the keys that `start` stored in this folder, or undefined if there are none */
export async function storedKeys(dataDir: string): Promise<Keys | undefined> {
  const path = keysFile(dataDir)
  const text = await readIfExists(path)
  if (text === undefined) return undefined
  try {
    const { write_key, admin_key } = JSON.parse(text) as Partial<Keys>
    if (typeof write_key === 'string' && typeof admin_key === 'string') return { write_key, admin_key }
    throw new Error('A key is missing.')
  } catch (cause) {
    throw new ConfigError(
      `${path} is not valid JSON with write_key and admin_key. Correct it, or delete it to generate new keys.`,
      { cause },
    )
  }
}

async function storeKeys(path: string, keys: Keys): Promise<void> {
  await storeSecret(path, `${JSON.stringify(keys, null, 2)}\n`).catch((cause) => {
    throw new ConfigError(
      `Cannot write ${path} (${codeOf(cause)}). Make its folder writable, or set PLAYTRACE_DATA_DIR to use another one.`,
      { cause },
    )
  })
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown error'

/** Keys from variables take precedence over stored keys. If a key is missing, both are generated and stored. */
export async function keysOf(config: Config): Promise<Keys & { generated: boolean }> {
  const { writeKey, adminKey, dataDir } = config
  if (writeKey && adminKey) return { write_key: writeKey, admin_key: adminKey, generated: false }
  const stored = await storedKeys(dataDir)
  const keys = stored ?? { write_key: newKey('write'), admin_key: newKey('admin') }
  if (!stored) await storeKeys(keysFile(dataDir), keys)
  return { write_key: writeKey ?? keys.write_key, admin_key: adminKey ?? keys.admin_key, generated: !stored }
}
