// Which user the server runs as. PostgreSQL refuses to be root, so where we are root it is run as another user by way of
// `setpriv` (util-linux). That user cannot enter a folder like /root, where the project may well have been cloned: then,
// and only then, it is lent the capability to pass (CAP_DAC_OVERRIDE).
import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

const SYSTEM_USER = 'postgres'

/** PostgreSQL asks access(2) whether it may run itself; without this bit the kernel answers as if nothing were lent. */
const LEND_PASSAGE = [
  ...['--securebits', '+no_setuid_fixup'],
  ...['--inh-caps', '+dac_override'],
  ...['--ambient-caps', '+dac_override'],
]

/** Undefined, where an account is asked for, is the user we are. */
export interface Account {
  uid: number
  gid: number
}

/** A program and its arguments, as {@link Account} would run it. */
export type Command = [program: string, args: string[]]

/**
 * The owner of the data folder, so that a start as root once leaves a folder that its owner can still use; of a new
 * folder, and of one that root copied, the user `postgres`, who is made where there is none.
 */
export async function accountFor(dataFolder: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (process.platform !== 'linux') {
    throw new Error('PostgreSQL does not run as root: start Playtrace as another user, or set DATABASE_URL.')
  }
  const folder = await stat(dataFolder).catch(() => undefined)
  if (folder && folder.uid !== 0) return { uid: folder.uid, gid: folder.gid }
  return (await systemUser()) ?? (await makeSystemUser())
}

async function systemUser(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', SYSTEM_USER]), run('id', ['-g', SYSTEM_USER])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

async function makeSystemUser(): Promise<Account> {
  const problem = `PostgreSQL does not run as root, and the user "${SYSTEM_USER}" could not be made for it. Make that user, start Playtrace as another user than root, or set DATABASE_URL.`
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/bin/false',
      SYSTEM_USER,
    ])
  } catch (cause) {
    // Two first starts at once, in two folders: the other one made it.
    const account = await systemUser()
    if (account) return account
    throw new Error(problem, { cause })
  }
  const account = await systemUser()
  if (!account) throw new Error(problem)
  return account
}

/** Hands a folder and all that is in it to the account, unless it has it. */
export async function give(folder: string, account: Account | undefined): Promise<void> {
  if (!account || (await stat(folder)).uid === account.uid) return
  await run('chown', ['-R', `${account.uid}:${account.gid}`, folder])
}

/**
 * @param folder that the account owns
 * @returns what turns a command into one that the account runs, tried: it can enter `folder` and run `program`
 */
export async function runAs(
  account: Account | undefined,
  folder: string,
  program: string,
): Promise<(command: Command) => Command> {
  if (!account) return (command) => command
  const become = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups']
  const probe = ['sh', '-c', 'cd "$1" && "$2" --version', 'sh', folder, program]
  let refusal: NodeJS.ErrnoException | undefined
  for (const options of [become, [...become, ...LEND_PASSAGE]]) {
    try {
      await run('setpriv', [...options, '--', ...probe])
      return ([file, args]) => ['setpriv', [...options, '--', file, ...args]]
    } catch (cause) {
      refusal = cause as NodeJS.ErrnoException
    }
  }
  const reason =
    refusal?.code === 'ENOENT'
      ? 'setpriv (util-linux) is not installed'
      : refusal?.message.trim().split('\n').at(-1)
  throw new Error(
    `PostgreSQL does not run as root, and could not be run as another user (${account.uid}): ${reason}. ` +
      'Start Playtrace as another user than root, or set DATABASE_URL.',
    { cause: refusal },
  )
}
