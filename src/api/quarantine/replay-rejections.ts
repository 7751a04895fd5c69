// Replays rejected events. Each gets a verdict, and is enqueued and stored once like a new event. The worker marks it as replayed.
import { RequestProblem } from '../../contract/answer.ts'
import type { ReplayAnswer, ReplayRequest } from '../../contract/quarantine.ts'
import type { StorableEvent } from '../../ingest/event-batch.ts'
import { replayEvent } from '../../ingest/replay-event.ts'
import type { Key } from '../../storage/games/games.ts'
import type { RejectionsToReplay, ReplaySelection } from '../../storage/quarantine/rejection-groups.ts'
import type { EnqueueEvents } from '../events/group-requests.ts'

export interface ReplayParts {
  enqueue: EnqueueEvents
  rejectionsToReplay: (gameId: number, selection: ReplaySelection) => Promise<RejectionsToReplay>
}

export async function replayRejections(
  { enqueue, rejectionsToReplay }: ReplayParts,
  { game_id: gameId, ...believed }: Key,
  { ids, group, cursor, rename }: ReplayRequest,
): Promise<ReplayAnswer> {
  if ((ids === undefined) === (group === undefined))
    throw new RequestProblem('invalid_body', 'Give either ids or a group.')
  const { rejections, next_cursor } = await rejectionsToReplay(gameId, { ids, group, cursor })
  const events: StorableEvent[] = []
  const rejected: ReplayAnswer['rejected'] = []
  for (const rejection of rejections) {
    const verdict = replayEvent(rejection, gameId, believed, rename)
    if ('event' in verdict) events.push(verdict.event)
    else rejected.push({ rejection_id: rejection.rejection_id, ...verdict.fault })
  }
  const batch_id = events.length > 0 ? await enqueue({ events, quarantined: [], not_kept: [] }) : null
  return { accepted: events.length, rejected, batch_id, next_cursor }
}
