// The URL by which this machine reaches a server that listens on a host and port.

/** The loopback address for each address that means "every address of this machine". */
const LOOPBACK_OF: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

export function originOf(host: string, port: number): string {
  return `http://${LOOPBACK_OF[host] ?? (host.includes(':') ? `[${host}]` : host)}:${port}`
}
