// What processes use, from Linux' /proc: CPU time and memory, of a process and everything that descends from it.
import { readdirSync, readFileSync } from 'node:fs'

/** Of /proc/<pid>/stat on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100
const KILOBYTE = 1024

interface ProcessStat {
  pid: number
  parent: number
  /** Its own, and of the children that it has waited for. */
  cpuSeconds: number
}

/** CPU seconds by the names of what was metered, and the cores that everything else kept busy meanwhile. */
export interface CpuUse<Kind extends string> {
  seconds: Record<Kind, number>
  othersCores: number
}

/** Meters whole process trees, by their roots, from now until the function that it returns is called. */
export function startCpuMeter<Kind extends string>(roots: Record<Kind, number[]>): () => CpuUse<Kind> {
  const kinds = Object.keys(roots) as Kind[]
  const read = () => {
    const stats = allStats()
    return {
      atMs: performance.now(),
      machine: machineCpuSeconds(),
      seconds: kinds.map((kind) => cpuSecondsOf(treeOf(roots[kind], stats), stats)),
    }
  }
  const before = read()
  return () => {
    const after = read()
    const seconds = after.seconds.map((now, index) => now - (before.seconds[index] ?? 0))
    const others = after.machine - before.machine - sum(seconds)
    return {
      seconds: Object.fromEntries(kinds.map((kind, index) => [kind, seconds[index]])) as Record<Kind, number>,
      othersCores: Math.max(0, others) / ((after.atMs - before.atMs) / 1000),
    }
  }
}

/** The processes themselves and all their descendants. */
function treeOf(roots: number[], stats: ProcessStat[]): Set<number> {
  const tree = new Set(roots)
  for (let size = 0; size < tree.size; ) {
    size = tree.size
    for (const { pid, parent } of stats) if (tree.has(parent)) tree.add(pid)
  }
  return tree
}

/** A child that has ended is counted by its parent, so that nothing is missed and nothing twice. */
function cpuSecondsOf(pids: Set<number>, stats: ProcessStat[]): number {
  return sum(stats.filter(({ pid }) => pids.has(pid)).map(({ cpuSeconds }) => cpuSeconds))
}

/** Of all processes since the machine started. */
function machineCpuSeconds(): number {
  const [, user, nice, system, , , irq, softirq] = (read('/proc/stat').split('\n')[0] ?? '').split(/\s+/)
  return sum([user, nice, system, irq, softirq].map(Number)) / TICKS_PER_SECOND
}

/** The highest resident memory that each has had, the largest of them. */
export function peakBytesOf(pids: number[]): number {
  return Math.max(0, ...pids.map((pid) => fieldOf(`/proc/${pid}/status`, 'VmHWM')))
}

/** Memory of whole trees, what processes share counted once (PSS). */
export function proportionalBytesOf(roots: number[]): number {
  return sum([...treeOf(roots, allStats())].map((pid) => fieldOf(`/proc/${pid}/smaps_rollup`, 'Pss')))
}

function allStats(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)))
}

function statOf(pid: number): ProcessStat[] {
  const text = read(`/proc/${pid}/stat`)
  // The second field is a name in parentheses and may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 16) return [] // it has ended meanwhile
  const ticks = sum([11, 12, 13, 14].map((index) => Number(fields[index])))
  return [{ pid, parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND }]
}

function fieldOf(path: string, field: string): number {
  const line = read(path)
    .split('\n')
    .find((text) => text.startsWith(`${field}:`))
  return Number(/\d+/.exec(line ?? '')?.[0] ?? 0) * KILOBYTE
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
