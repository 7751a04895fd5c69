// The files of the embedded server in Playtrace's data folder: the server's own data folder, its password and its log.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account, changeOwner, runAs } from './account.ts'
import { run } from './run-program.ts'
import { readIfExists, storeSecret, syncFolder } from './secret-file.ts'

/** The paths of the programs that npm installed. */
export interface Binaries {
  initdb: string
  postgres: string
}

export const SUPERUSER = 'playtrace'
const LOG_BYTES_MAX = 8 * 1024 * 1024

export const serverFolder = (dataDir: string) => join(dataDir, 'postgres')
export const logFile = (dataDir: string) => join(dataDir, 'postgres.log')
const passwordFile = (dataDir: string) => join(dataDir, 'postgres-password')

/** @returns undefined if no server was ever started in this folder */
export function storedPassword(dataDir: string): Promise<string | undefined> {
  return readIfExists(passwordFile(dataDir))
}

export const isInitialised = (dataDir: string) => existsSync(join(serverFolder(dataDir), 'PG_VERSION'))

/** @returns the server's password from its file, or a new one if the folder is not initialised */
export async function passwordOf(dataDir: string): Promise<string> {
  const stored = await storedPassword(dataDir)
  if (stored) return stored
  if (isInitialised(dataDir)) {
    throw new Error(`${passwordFile(dataDir)} is missing. Restore the file: the data cannot be opened without it.`)
  }
  const password = randomBytes(24).toString('base64url')
  await storeSecret(passwordFile(dataDir), password)
  return password
}

/**
 * Creates the server's data folder under another name and renames it when it is complete, so that an interrupted initdb
 * never leaves an incomplete data folder.
 */
export async function initialise(
  dataDir: string,
  { initdb, postgres }: Binaries,
  account: Account | undefined,
  password: string,
): Promise<void> {
  const unfinished = join(dataDir, 'postgres-unfinished')
  const folder = join(unfinished, 'data')
  const pwfile = join(unfinished, 'password')
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  await writeFile(pwfile, password, { mode: 0o600 })
  await changeOwner(unfinished, account)

  const as = await runAs(account, unfinished, postgres)
  const options = [
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--auth=scram-sha-256', `--username=${SUPERUSER}`, `--pwfile=${pwfile}`, '--no-instructions'],
  ]
  await run(...as([initdb, ['-D', folder, ...options]]))

  await rename(folder, serverFolder(dataDir))
  await rm(unfinished, { recursive: true })
  await syncFolder(dataDir)
}

/** Opens the log for appending. A log above the size limit is renamed first and replaces the previous renamed one. */
export async function openLog(dataDir: string) {
  const path = logFile(dataDir)
  const previous = await stat(path).catch(() => undefined)
  if (previous && previous.size > LOG_BYTES_MAX) await rename(path, `${path}.1`)
  return open(path, 'a', 0o600)
}
