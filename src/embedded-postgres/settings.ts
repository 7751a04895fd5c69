// The settings of the embedded server: safe on power loss, small when idle, and sized to the memory of the machine.
import { totalmem } from 'node:os'

const MIB = 1024 * 1024

/** Where the server listens. */
export interface Addresses {
  port: number
  /** Whether it listens on the port on 127.0.0.1. */
  tcp: boolean
  /** The folder of its Unix socket. Absent: it has none. */
  socketFolder: string | undefined
}

/**
 * Returns PostgreSQL's settings by name, for `postgres -c name=value`.
 * @param memoryBytes if absent, the memory of the machine, or the limit of the container if that is less
 */
export function serverSettings(
  { port, tcp, socketFolder = '' }: Addresses,
  connectionsMax: number,
  memoryBytes = Math.min(process.constrainedMemory() || Infinity, totalmem()),
): Record<string, string> {
  const share = (part: number, minMib: number, maxMib: number) =>
    `${Math.round(Math.min(Math.max(memoryBytes / MIB / part, minMib), maxMib))}MB`
  return {
    port: String(port),
    listen_addresses: tcp ? '127.0.0.1' : '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    max_connections: String(connectionsMax),
    // A read of all events locks each partition and its indexes.
    max_locks_per_transaction: '256',

    // An event that was answered with 202 must be on disk.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',

    shared_buffers: share(8, 32, 256),
    effective_cache_size: share(2, 128, 8192),
    maintenance_work_mem: share(32, 16, 128),
    work_mem: share(512, 4, 16),
    huge_pages: 'off',

    // Checkpoints are rare, because the first write to a page after each one logs the whole page.
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    wal_compression: 'pglz',
    // Nothing replicates from this server.
    max_wal_senders: '0',

    // Compiling a short query costs more than it saves.
    jit: 'off',
    autovacuum: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
  }
}
