// Download links: POST /v1/games/{game}/downloads makes one with a key that may read; GET /v1/downloads/{token} sends the export
// once, without a key. A browser can follow such a link without a key in a URL.
import { randomBytes } from 'node:crypto'
import { RequestProblem } from '../../contract/answer.ts'
import { NO_QUERY } from '../../contract/fields.ts'
import { hashKey } from '../../contract/key.ts'
import { DownloadParamsSchema, DownloadQuerySchema, DownloadSchema, GameParamsSchema } from '../../contract/reading.ts'
import type { Download, FoundDownload } from '../../storage/events/downloads.ts'
import type { Admission } from '../admission/admission.ts'
import { keyOf } from '../admission/authenticate.ts'
import { gameProblems, type TypedApp } from '../server/game-schema.ts'
import { KEY_IN_HEADER, NO_KEY, problems } from '../server/openapi.ts'
import { type ExportParts, exportFilter, exportResponse } from './export.ts'

export interface DownloadStore {
  /** Returns when the download expires. */
  addDownload: (tokenHash: Buffer, download: Download) => Promise<string>
  /** Returns undefined if the link is not valid. */
  readDownload: (tokenHash: Buffer) => Promise<FoundDownload | undefined>
  /** Returns true at most once. */
  takeDownload: (tokenHash: Buffer) => Promise<boolean>
}

const TOKEN_BYTES = 32
const PATH = '/v1/downloads'

export function makeDownloadRoute(app: TypedApp, { addDownload, exports }: DownloadStore & ExportParts): void {
  app.post('/downloads', {
    schema: {
      tags: ['reading'],
      security: KEY_IN_HEADER,
      operationId: 'createDownload',
      summary: 'Make a link that downloads stored events once',
      description: 'The link needs no key. It works once, within one minute.',
      params: GameParamsSchema,
      querystring: DownloadQuerySchema,
      response: { 201: DownloadSchema, ...gameProblems() },
    },
    async handler(request, reply) {
      const { key_hash, game_id } = keyOf(request)
      exports.assertPlace({ game_id })
      const token = randomBytes(TOKEN_BYTES).toString('base64url')
      const expires_at = await addDownload(hashKey(token), {
        key_hash,
        game_id,
        format: request.query.format,
        filter: exportFilter(request.query),
      })
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ url: `${PATH}/${token}`, expires_at })
    },
  })
}

export function downloadRoute(
  app: TypedApp,
  { exports, limitAddress, readDownload, takeDownload }: DownloadStore & ExportParts & Pick<Admission, 'limitAddress'>,
): void {
  app.get(`${PATH}/:token`, {
    onRequest: limitAddress,
    exposeHeadRoute: false,
    schema: {
      tags: ['reading'],
      security: NO_KEY,
      operationId: 'download',
      summary: 'Download stored events by a link',
      description:
        '`POST /v1/games/{game}/downloads` makes the link. After the link is used, and after one minute, the answer is 404.',
      params: DownloadParamsSchema,
      querystring: NO_QUERY,
      response: {
        200: exportResponse('csv', 'ndjson'),
        ...problems('not_found', 'misdirected', 'invalid_query', 'query_timeout'),
      },
    },
    async handler(request, reply) {
      reply.header('cache-control', 'no-store')
      const tokenHash = hashKey(request.params.token)
      const download = await readDownload(tokenHash)
      // Checked first, so that a busy process does not use up the link.
      if (download) exports.assertPlace(download)
      if (!download || !(await takeDownload(tokenHash)))
        throw new RequestProblem(
          'not_found',
          'This download link is not valid. A link works once, within one minute. Make a new link.',
        )
      await exports.send(request, reply, download)
      return reply
    },
  })
}
