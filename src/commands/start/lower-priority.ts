// Lowers the priority of this process, so that the operating system runs other processes first.
import { getPriority, setPriority } from 'node:os'

/**
 * Lowers this process' priority to `priority` (a nice value). A process that already has a lower priority keeps it:
 * raising it needs a right that the process may not have. A hint never ends a process, so a failure is only reported.
 */
export function lowerPriority(priority: number, reportError: (error: Error) => void): void {
  try {
    if (getPriority() < priority) setPriority(priority)
  } catch (cause) {
    reportError(new Error(`Cannot set the priority of the process to ${priority}.`, { cause }))
  }
}
