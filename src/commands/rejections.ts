// `playtrace rejections`: lists, shows and replays the rejected events of one game through the running server.
import { type Config, ConfigError } from '../config.ts'
import type { RejectionGroups, ReplayAnswer, StoredRejection } from '../contract/quarantine.ts'
import { askServer, type GameOptions } from './ask-server.ts'
import { printTable } from './print-table.ts'

export async function rejectionsList(config: Config, options: GameOptions): Promise<void> {
  const answer = JSON.parse(await askServer(config, options, 'rejections')) as RejectionGroups
  if (answer.groups.length === 0) console.log('There are no rejected events in quarantine.')
  else
    printTable(
      answer.groups.map(({ samples, first_received_at, ...group }) => ({
        ...group,
        sample: samples[0]?.rejection_id,
        message: samples[0]?.message,
      })),
    )
  if (answer.groups_left_out > 0) console.log(`and ${answer.groups_left_out} smaller groups`)
  if (answer.not_kept > 0)
    console.log(`${answer.not_kept} more rejected events were not stored: too many arrived within a minute.`)
}

export async function rejectionsShow(config: Config, id: string, options: GameOptions): Promise<void> {
  const text = await askServer(config, options, `rejections/${encodeURIComponent(id)}`)
  const { raw, ...rest } = JSON.parse(text) as StoredRejection
  for (const [field, value] of Object.entries(rest)) console.log(`${field}: ${value}`)
  console.log(`raw:\n${raw}`)
}

export interface ReplayOptions extends GameOptions {
  reason?: string
  name?: string
  appVersion?: string
  from?: string
  to?: string
}

/** @returns the exit code: 1 if an event was rejected again or was not found */
export async function rejectionsReplay(
  config: Config,
  ids: string[],
  { reason, name, appVersion, from, to, ...options }: ReplayOptions,
): Promise<number> {
  if (ids.length > 0 === (reason !== undefined)) throw new ConfigError('Give either rejection ids or --reason.')
  if ((from === undefined) !== (to === undefined)) throw new ConfigError('Give --from and --to together.')
  // JSON leaves out a field that is undefined.
  const request = {
    ids: reason === undefined ? ids : undefined,
    group: reason === undefined ? undefined : { reason, name, app_version: appVersion },
    rename: from === undefined ? undefined : { from, to },
  }
  let accepted = 0
  let rejected = 0
  let cursor: string | null | undefined
  while (cursor !== null) {
    const text = await askServer(config, options, 'rejections/replay', { ...request, cursor })
    const answer = JSON.parse(text) as ReplayAnswer
    accepted += answer.accepted
    rejected += answer.rejected.length
    for (const one of answer.rejected) console.log(`${one.rejection_id} ${one.reason} ${one.path} ${one.message}`)
    cursor = answer.next_cursor
  }
  console.log(`replayed: accepted ${accepted}, rejected again ${rejected}`)
  const unknown = Math.max(0, ids.length - accepted - rejected)
  if (unknown > 0) console.log(`not found in the quarantine of this game: ${unknown}`)
  return rejected + unknown > 0 ? 1 : 0
}
