// A disk of the run's own, that can be made full and freed again: a tmpfs, whose size can be changed while it is in use.
// Full is the size of what is on it; nothing has to be written to fill it.
import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SIZE = '3g'
const FILL_ATTEMPTS_MAX = 20

export interface SmallDisk {
  /** @param freeBytes left free, so that a write can begin that cannot finish */
  fill(freeBytes: number): Promise<void>
  free(): Promise<void>
  unmount(): Promise<void>
}

/** @returns why there can be none here, in a few words, where it cannot be mounted */
export async function mountSmallDisk(folder: string): Promise<SmallDisk | string> {
  if (process.platform !== 'linux') return 'a disk of its own needs Linux (tmpfs)'
  if (process.getuid?.() !== 0) return 'a disk of its own needs root (mount)'
  // The database is another user than root, who has to pass through.
  const mounted = run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0711`, 'playtrace-chaos', folder])
  const problem = await mounted.then(
    () => undefined,
    (error: Error) => `mounting a tmpfs failed: ${error.message.trim().split('\n').at(-1)}`,
  )
  if (problem !== undefined) return problem
  const resize = (size: string) => run('mount', ['-o', `remount,size=${size}`, folder])
  return {
    async fill(freeBytes) {
      for (let attempt = 1; ; attempt++) {
        const { blocks, bfree, bsize } = await statfs(folder)
        try {
          await resize(String((blocks - bfree) * bsize + freeBytes))
          return
        } catch (error) {
          // Meanwhile more was written than was to be left free.
          if (attempt === FILL_ATTEMPTS_MAX) throw error
        }
      }
    },
    async free() {
      await resize(SIZE)
    },
    async unmount() {
      await run('umount', [folder])
    },
  }
}
