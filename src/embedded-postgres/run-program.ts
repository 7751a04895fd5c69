// The programs that the embedded server consists of. They may run as another user, who must not get the secrets of this process.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const NEEDED = /^(PATH|TZ|LANG|LC_\w+)$/
const execute = promisify(execFile)

/** The variables of this process that PostgreSQL needs. A new variable of Playtrace is not among them. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => NEEDED.test(name)))
}

/** Runs a program that ends, with the environment of the server. */
export function run(program: string, args: string[]) {
  return execute(program, args, { env: serverEnvironment() })
}
