// The URL by which this machine reaches a server that listens on a host and port.

/** Addresses that mean "every address of this machine", and the one to reach them by. */
const REACHED_BY: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

export function originOf(host: string, port: number): string {
  return `http://${REACHED_BY[host] ?? (host.includes(':') ? `[${host}]` : host)}:${port}`
}
