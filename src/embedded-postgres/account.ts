// The user that the server runs as. PostgreSQL refuses to run as root, so under root it runs as another user through
// `setpriv` (util-linux). If that user cannot enter the data folder, such as one below /root, it also gets the capability
// CAP_DAC_OVERRIDE.
import { stat } from 'node:fs/promises'
import { run } from './run-program.ts'

const SYSTEM_USER = 'postgres'

/** Grants CAP_DAC_OVERRIDE. PostgreSQL checks its own binary with access(2), which ignores it without no_setuid_fixup. */
const GRANT_DAC_OVERRIDE = [
  ...['--securebits', '+no_setuid_fixup'],
  ...['--inh-caps', '+dac_override'],
  ...['--ambient-caps', '+dac_override'],
]

/** A user of the operating system. Where it is optional, undefined means the current user. */
export interface Account {
  uid: number
  gid: number
}

/** A program and its arguments. */
export type Command = [program: string, args: string[]]

/**
 * Returns the owner of the data folder, so that a start as root leaves a folder that its owner can still use. If the folder
 * is new or belongs to root, returns the user `postgres`, which is created if it does not exist.
 */
export async function accountFor(dataFolder: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (process.platform !== 'linux') {
    throw new Error('PostgreSQL cannot run as root. Start Playtrace as another user, or set DATABASE_URL.')
  }
  const folder = await stat(dataFolder).catch(() => undefined)
  if (folder && folder.uid !== 0) return { uid: folder.uid, gid: folder.gid }
  return (await systemUser()) ?? (await createSystemUser())
}

async function systemUser(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', SYSTEM_USER]), run('id', ['-g', SYSTEM_USER])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

async function createSystemUser(): Promise<Account> {
  const options = ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false']
  const cause = await run('useradd', [...options, SYSTEM_USER]).catch((error) => error)
  // If this failed, another first start, in another folder, may have created the user at the same time.
  const account = await systemUser()
  if (account) return account
  throw new Error(
    `PostgreSQL cannot run as root, and Playtrace could not create the user "${SYSTEM_USER}" for it. Create that user, start Playtrace as a user other than root, or set DATABASE_URL.`,
    { cause },
  )
}

/** Makes the account the owner of a folder and of everything in it. */
export async function changeOwner(folder: string, account: Account | undefined): Promise<void> {
  if (!account || (await stat(folder)).uid === account.uid) return
  await run('chown', ['-R', `${account.uid}:${account.gid}`, folder])
}

/**
 * Verifies that the account can enter `folder` and run `program`.
 * @param folder a folder that the account owns
 * @returns a function that turns a command into one that runs as the account
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
  for (const options of [become, [...become, ...GRANT_DAC_OVERRIDE]]) {
    try {
      await run('setpriv', [...options, '--', ...probe])
      return ([file, args]) => ['setpriv', [...options, '--', file, ...args]]
    } catch (cause) {
      refusal = cause as NodeJS.ErrnoException
    }
  }
  const reason =
    refusal?.code === 'ENOENT' ? 'setpriv (util-linux) is not installed' : refusal?.message.trim().split('\n').at(-1)
  throw new Error(
    `PostgreSQL cannot run as root, and Playtrace could not run it as the user with uid ${account.uid}: ${reason}. ` +
      'Start Playtrace as a user other than root, or set DATABASE_URL.',
    { cause: refusal },
  )
}
