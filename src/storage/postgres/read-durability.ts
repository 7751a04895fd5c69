// Finds PostgreSQL settings under which a 202 does not mean that an event is on disk.
import pg from 'pg'

/** Limits how long the start of a process waits for this. */
const ANSWER_MS_MAX = 5_000

/** For each setting, the unsafe value and its cost. */
const WEAK_SETTINGS: Record<string, { value: string; cost: string }> = {
  fsync: {
    value: 'off',
    cost: 'when the machine loses power, events that were answered with 202 are lost, and the database may be damaged',
  },
  synchronous_commit: {
    value: 'off',
    cost: 'when PostgreSQL is killed, the last second of events that were answered with 202 is lost',
  },
  full_page_writes: {
    value: 'off',
    cost: 'when the machine loses power, half-written pages can stay damaged, and stored events can be lost',
  },
}

/**
 * Reads the settings of a connection to this URL, because a role or a database can have its own settings.
 * @returns a sentence for each unsafe setting
 */
export async function databaseWeaknesses(url: string): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: ANSWER_MS_MAX,
    query_timeout: ANSWER_MS_MAX,
  })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1) order by name',
      [Object.keys(WEAK_SETTINGS)],
    )
    return rows
      .filter(({ name, setting }) => WEAK_SETTINGS[name]?.value === setting)
      .map(({ name, setting }) => `PostgreSQL runs with ${name}=${setting}: ${WEAK_SETTINGS[name]?.cost}.`)
  } finally {
    await client.end()
  }
}
