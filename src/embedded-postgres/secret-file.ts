// Reads and stores a secret in a file that only its owner can read.
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** @returns the content of the file, or undefined if it does not exist */
export async function readSecret(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const { code } = cause as NodeJS.ErrnoException
    throw new Error(`Cannot read ${path} (${code}). Check that the file belongs to this user.`, { cause })
  }
}

/** Writes the file completely or not at all, and returns when it is on disk. A lost password would make the data unusable. */
export async function storeSecret(path: string, text: string): Promise<void> {
  const unfinished = `${path}.unfinished`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
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
