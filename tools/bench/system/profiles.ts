// CPU profiles of the processes that are measured, which Node writes when they end.
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** The environment of a process that is to be profiled, and of its children. */
export function profiling(folder: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` }
}

/** Node names them by process id: `CPU.<date>.<time>.<pid>.….cpuprofile` becomes `api-<time>.cpuprofile`. */
export async function nameProfiles(folder: string, pids: Record<string, number[]>): Promise<void> {
  for (const file of await readdir(folder)) {
    const [prefix, date, time, pid] = file.split('.')
    const kind = Object.keys(pids).find((one) => pids[one]?.includes(Number(pid)))
    if (prefix !== 'CPU' || !kind) continue
    await rename(join(folder, file), join(folder, `${kind}-${date}-${time}-${pid}.cpuprofile`))
  }
}
