// Reads files of the data folder, and stores secrets in files that only their owner can read.
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** @returns the content of the file, or undefined if it does not exist */
export async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Error(`Cannot read ${path} (${code}). Check that the file belongs to this user.`, { cause })
  }
}

/** Writes the file completely or not at all, and returns when it is on disk. A lost password would make the data unusable. */
export async function storeSecret(path: string, text: string): Promise<void> {
  // Several processes may store the same file.
  const unfinished = `${path}.${process.pid}.unfinished`
  await rm(unfinished, { force: true })
  await writeFile(unfinished, text, { mode: 0o600, flush: true })
  await rename(unfinished, path)
  await syncFolder(dirname(path))
}

/** Makes a rename in the folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
