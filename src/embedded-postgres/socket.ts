// The Unix socket of the embedded server. It lies in the server's data folder, which only the server's user and root can enter.
// So no other user of the machine can connect, or listen there in place of the server.
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** The number in the name of the socket, if the server has no TCP port. */
export const SOCKET_PORT = 5432

/** The size of `sun_path` in the operating system, without the zero at its end. */
const PATH_BYTES_MAX = process.platform === 'linux' ? 107 : 103
/** These separate folders in a setting of PostgreSQL, or hosts in a URL. */
const SEPARATORS = /[",]/

/** @returns whether the server can have its socket in the folder. The folders of some virtual machines cannot hold sockets. */
export async function canHaveSocket(folder: string, port: number): Promise<boolean> {
  // This name has the length of the name of PostgreSQL's socket. The socket of PostgreSQL is not touched, because clients may be connecting to it.
  const path = join(folder, `.s.probe.${port}`)
  if (Buffer.byteLength(path) > PATH_BYTES_MAX || SEPARATORS.test(path)) return false
  const server = createServer()
  try {
    await rm(path, { force: true })
    await once(server.listen(path), 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/**
 * Deletes the lock files of sockets whose server was killed. PostgreSQL refuses to start if the pid in one is in use again. The
 * sockets stay, and refuse connections as a closed port does, until PostgreSQL replaces them.
 */
export async function deleteSocketLocks(folder: string): Promise<void> {
  const locks = (await readdir(folder)).filter((name) => /^\.s\.PGSQL\.\d+\.lock$/.test(name))
  for (const name of locks) await rm(join(folder, name), { force: true })
}
