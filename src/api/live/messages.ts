// Makes the messages of one poll for the readers with one filter.
import type { LiveSkipped } from '../../contract/live.ts'
import type { StoredRejection } from '../../contract/quarantine.ts'
import type { StoredNews, TailFilter } from '../../storage/events/read-tail.ts'
import type { RejectionNews } from '../../storage/quarantine/read-tail-rejections.ts'
import { serverSent } from './reader.ts'

const REJECTIONS_MAX = 200
const REJECTIONS_BYTES_MAX = 256 * 1024

/** Empty if there is nothing to send. */
export function messages(filter: TailFilter, stored: StoredNews, { rejections, rejected }: RejectionNews): string {
  const matching = rejections.filter((rejection) => matches(filter, rejection))
  const shown = cut(matching)
  const skipped: LiveSkipped = {
    stored: stored.matching - stored.events.length,
    rejected: matching.length - shown.length + rejected - rejections.length,
  }
  return [
    ...stored.events.map((json) => serverSent('stored', json)),
    ...shown.map((json) => serverSent('rejected', json)),
    skipped.stored + skipped.rejected > 0 ? serverSent('skipped', JSON.stringify(skipped)) : '',
  ].join('')
}

/** Only rejections that are shown are serialized: many large ones would block the process. */
function cut(rejections: StoredRejection[]): string[] {
  const shown: string[] = []
  let bytes = 0
  for (const rejection of rejections.slice(0, REJECTIONS_MAX)) {
    const json = JSON.stringify(rejection)
    bytes += json.length
    if (bytes > REJECTIONS_BYTES_MAX) break
    shown.push(json)
  }
  return shown
}

function matches({ name, player_id, app_version }: TailFilter, rejection: StoredRejection): boolean {
  if (name !== undefined && rejection.name !== name) return false
  if (app_version !== undefined && rejection.app_version !== app_version) return false
  return player_id === undefined || claimedPlayer(rejection.raw) === player_id
}

/** The quarantine has no column for it. It is unknown if the event cannot be parsed. */
function claimedPlayer(raw: string): unknown {
  try {
    return (JSON.parse(raw) as { player_id?: unknown } | null)?.player_id
  } catch {
    return undefined
  }
}
