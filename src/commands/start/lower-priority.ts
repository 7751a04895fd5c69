// Lowers the priority of this process, so that the operating system runs other processes first.
import { getPriority, setPriority } from 'node:os'

/**
 * Lowers the priority of this process to `priority` (a nice value). A priority that is already lower is not raised, because
 * that may need a privilege. A failure is only reported, because the priority is only a hint.
 */
export function lowerPriority(priority: number, reportError: (error: Error) => void): void {
  try {
    if (getPriority() < priority) setPriority(priority)
  } catch (cause) {
    reportError(new Error(`Cannot set the priority of the process to ${priority}.`, { cause }))
  }
}
