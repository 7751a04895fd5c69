// A secret that is generated once and kept in a file that only its owner can read.
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** @returns what the file holds, or undefined where there is none yet */
export async function readSecret(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${path} cannot be read: does it belong to another user?`, { cause })
  }
}

/** On disk when this returns, and never half: a lost password would lock its owner out of the data. */
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

/** Makes a rename in `path` survive a power cut. Windows cannot open a folder, and needs no such call. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
