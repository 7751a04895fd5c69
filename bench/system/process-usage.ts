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

/** The processes themselves and all their descendants. */
export function treeOf(roots: number[]): number[] {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)))
  const tree = new Set(roots)
  for (let size = 0; size < tree.size; ) {
    size = tree.size
    for (const { pid, parent } of stats) if (tree.has(parent)) tree.add(pid)
  }
  return [...tree]
}

/** Of the whole trees. A child that has ended is counted by its parent, so that nothing is missed and nothing twice. */
export function cpuSecondsOf(roots: number[]): number {
  return sum(treeOf(roots).flatMap((pid) => statOf(pid).map(({ cpuSeconds }) => cpuSeconds)))
}

/** Of all processes since the machine started. */
export function machineCpuSeconds(): number {
  const [, user, nice, system, , , irq, softirq] = (read('/proc/stat').split('\n')[0] ?? '').split(/\s+/)
  return sum([user, nice, system, irq, softirq].map(Number)) / TICKS_PER_SECOND
}

/** The highest resident memory that each has had, the largest of them. */
export function peakBytesOf(pids: number[]): number {
  return Math.max(0, ...pids.map((pid) => fieldOf(`/proc/${pid}/status`, 'VmHWM')))
}

/** Memory of whole trees, what processes share counted once (PSS). */
export function proportionalBytesOf(roots: number[]): number {
  return sum(treeOf(roots).map((pid) => fieldOf(`/proc/${pid}/smaps_rollup`, 'Pss')))
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
