// A disk that a run can fill and free: a tmpfs, whose size can change while it is in use. To fill it, its size is reduced to
// what is on it, so nothing has to be written.
import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SIZE = '3g'
const FILL_ATTEMPTS_MAX = 20

export interface SmallDisk {
  /** @param freeBytes the space to leave free, so that a write can begin but not finish */
  fill(freeBytes: number): Promise<void>
  free(): Promise<void>
  unmount(): Promise<void>
}

/** @returns the disk, or the reason why it cannot be mounted */
export async function mountSmallDisk(folder: string): Promise<SmallDisk | string> {
  if (process.platform !== 'linux') return 'mounting a tmpfs needs Linux'
  if (process.getuid?.() !== 0) return 'mounting a tmpfs needs root'
  // The database runs as another user than root, who must be able to enter the folder.
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
          // More was written in the meantime than was left free.
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
