// CPU time and peak memory of process trees, read from Linux' /proc.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** The unit of the times in /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100
const RESET_PEAK = '5'
const KILOBYTES_PER_MEGABYTE = 1024

/** What a process does, by its command line. */
const KINDS = {
  api: /\0api\0$/,
  worker: /\0worker\0$/,
  database: /^(?:\S*\/)?postgres\b/,
  redis: /redis-server|valkey-server/,
}
export type Kind = keyof typeof KINDS | 'client'

export interface Usage {
  cpuSeconds: Record<Kind, number>
  /** Of the largest process of that kind since the meter started. */
  peakMegabytes: { api: number; worker: number }
  /** Cores that all other processes of the machine kept busy meanwhile. */
  otherCores: number
}

interface ProcessStat {
  pid: number
  parent: number
  cpuSeconds: number
}

/**
 * Meters the trees of `roots` and the one process `client` until the returned function is called.
 * A child that has ended counts for its parent.
 */
export function startMeter(roots: number[], client: number): () => Usage {
  const before = readTimes(roots, client)
  for (const pid of before.pids) resetPeak(pid)
  return () => {
    const after = readTimes(roots, client)
    const cpuSeconds = Object.fromEntries(
      Object.entries(after.seconds).map(([kind, now]) => [kind, now - before.seconds[kind as Kind]]),
    ) as Record<Kind, number>
    const others = after.machine - before.machine - (after.metered - before.metered)
    return {
      cpuSeconds,
      peakMegabytes: { api: peakOf('api', after.pids), worker: peakOf('worker', after.pids) },
      otherCores: Math.max(0, others) / ((after.atMs - before.atMs) / 1000),
    }
  }
}

function readTimes(roots: number[], client: number) {
  const stats = allStats()
  const pids = treeOf(roots, stats)
  const seconds: Record<Kind, number> = { api: 0, worker: 0, database: 0, redis: 0, client: 0 }
  let metered = 0
  for (const { pid, cpuSeconds } of stats) {
    const kind = pid === client ? 'client' : pids.has(pid) ? kindOf(pid) : undefined
    if (kind) seconds[kind] += cpuSeconds
    if (pid === client || pids.has(pid)) metered += cpuSeconds
  }
  return { atMs: performance.now(), machine: machineCpuSeconds(), pids: [...pids], seconds, metered }
}

function treeOf(roots: number[], stats: ProcessStat[]): Set<number> {
  const tree = new Set(roots)
  for (let size = 0; size < tree.size; ) {
    size = tree.size
    for (const { pid, parent } of stats) if (tree.has(parent)) tree.add(pid)
  }
  return tree
}

function kindOf(pid: number): Kind | undefined {
  const commandLine = read(`/proc/${pid}/cmdline`)
  return (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((kind) => KINDS[kind].test(commandLine))
}

function allStats(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const text = read(`/proc/${name}/stat`)
      // The second field is a name in parentheses, which may contain spaces.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      if (fields.length < 16) return [] // The process has ended.
      const ticks = sum(fields.slice(11, 15).map(Number))
      return [{ pid: Number(name), parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND }]
    })
}

function machineCpuSeconds(): number {
  const [, user, nice, system, , , irq, softirq] = (read('/proc/stat').split('\n')[0] ?? '').split(/\s+/)
  return sum([user, nice, system, irq, softirq].map(Number)) / TICKS_PER_SECOND
}

function peakOf(kind: Kind, pids: number[]): number {
  const peaks = pids
    .filter((pid) => kindOf(pid) === kind)
    .map((pid) => Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0))
  return Math.max(0, ...peaks) / KILOBYTES_PER_MEGABYTE
}

function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK)
  } catch {
    // The process has ended, or belongs to another user; PostgreSQL does, and its peak is not read.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
