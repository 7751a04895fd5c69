// Finds PostgreSQL settings under which a 202 does not mean that an event is on disk.
import type { Client } from 'pg'
import { withClient } from './connection.ts'

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
 * @throws StorageError
 */
export async function databaseWeaknesses(url: string): Promise<string[]> {
  return withClient(url, { name: 'start', queryTimeoutMs: ANSWER_MS_MAX }, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1) order by name',
      [Object.keys(WEAK_SETTINGS)],
    )
    const weaknesses = rows
      .filter(({ name, setting }) => WEAK_SETTINGS[name]?.value === setting)
      .map(
        ({ name, setting }) => `PostgreSQL runs with ${name}=${setting}: ${WEAK_SETTINGS[name]?.cost}. Set ${name}=on.`,
      )
    return [...weaknesses, ...(await standbyWeakness(client))]
  })
}

/** Backups and logical replication are not standbys: nobody fails over to them. */
const STANDBYS = `select count(*)::int as standbys from pg_stat_replication as sender
  where state is distinct from 'backup' and application_name not in ('pg_basebackup', 'pg_receivewal')
    and not exists (select from pg_replication_slots where active_pid = sender.pid and slot_type = 'logical')`

async function standbyWeakness(client: Client): Promise<string[]> {
  const { rows } = await client.query(
    `select (${STANDBYS}) as standbys, current_setting('synchronous_standby_names') as names,
      current_setting('synchronous_commit') as commit`,
  )
  const { standbys, names, commit } = rows[0]
  if (standbys === 0 || (names !== '' && commit !== 'local')) return []
  const cause = names === '' ? 'synchronous_standby_names is empty' : 'synchronous_commit is local'
  return [
    `PostgreSQL has a standby, and no commit waits for it (${cause}): a fail-over to a standby that is behind loses acknowledged events. Set synchronous_standby_names, and synchronous_commit=on.`,
  ]
}
