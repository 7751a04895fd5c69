// Says which variable to change if a process cannot listen on its address.
import { ConfigError } from '../config.ts'

/** For `catch`. */
export function cannotListen(portVariable: 'PORT' | 'WORKER_PORT') {
  return (cause: NodeJS.ErrnoException & { address?: string; port?: number }): never => {
    const { code, address, port } = cause
    const change = { EADDRINUSE: portVariable, EACCES: portVariable, EADDRNOTAVAIL: 'HOST', ENOTFOUND: 'HOST' }[
      code ?? ''
    ]
    if (change === undefined) throw cause
    const message =
      code === 'EADDRINUSE'
        ? `Cannot listen on ${address} port ${port}, because another program uses this port`
        : `Cannot listen: ${cause.message}`
    throw new ConfigError(`${message}. Change ${change}.`, { cause })
  }
}
