// GET /v1/games/{game}/batches/{batch_id}: whether a batch is stored, and how many of its events were already stored.
import { BatchParamsSchema, BatchStateSchema } from '../../contract/reading.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameSchema, type TypedApp } from '../server/game-schema.ts'
import { sendJsonText } from '../server/send-json-text.ts'

export interface BatchParts {
  /** Returns the JSON of a BatchState. */
  readBatch: (gameId: number, batchId: string) => Promise<string>
}

export function batchRoute(app: TypedApp, { readBatch }: BatchParts): void {
  app.get('/batches/:batch_id', {
    schema: gameSchema(BatchStateSchema, {
      tags: ['reading'],
      operationId: 'getBatch',
      summary: 'Get whether a batch is stored',
      params: BatchParamsSchema,
    }),
    handler: async (request, reply) =>
      sendJsonText(reply, await readBatch(keyOf(request).game_id, request.params.batch_id.toLowerCase())),
  })
}
