// What the promise rests on in PostgreSQL, and what a setting that weakens it would cost.
import pg from 'pg'

/** A process that starts must not hang on this. */
const ANSWER_MS_MAX = 5_000

/** Each with the value at which a 202 no longer means "on disk", and what happens then. */
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
    cost: 'when the machine loses power, pages half written stay damaged, and with them stored events',
  },
}

/**
 * As they hold for a connection to this URL: a role or a database can have settings of its own.
 * @returns a sentence for each setting that weakens the promise
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
