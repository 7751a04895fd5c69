// One authenticated request of a command to a running server, below /v1/games/{game}/.
import { type Config, ConfigError } from '../config.ts'
import type { Problem } from '../contract/answer.ts'
import { type ServerOptions, serverOf } from './connections.ts'

const ANSWER_MS_MAX = 60_000

export interface GameOptions extends ServerOptions {
  game: string
}

/**
 * @param path the path below /v1/games/{game}/
 * @param body is sent with POST; without a body, the request is a GET
 * @returns the unparsed text of the answer, because parsing would lose digits of large integers
 * @throws ConfigError if no server answers, or with the server's error
 */
export async function askServer(config: Config, options: GameOptions, path: string, body?: object): Promise<string> {
  const { url, key } = await serverOf(config, options, 'admin')
  const response = await fetch(new URL(`/v1/games/${options.game}/${path}`, url), {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    body: body ? JSON.stringify(body) : null,
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  }).catch((cause) => {
    const detail =
      (cause as Error).name === 'TimeoutError'
        ? `The server at ${url} did not answer within ${ANSWER_MS_MAX / 1000} s. Try again.`
        : `No server answers at ${url}. Start it, or set --url to its address.`
    throw new ConfigError(detail, { cause })
  })
  const text = await response.text()
  if (response.ok) return text
  throw new ConfigError(`The server answered ${response.status}: ${detailOf(text)}`)
}

function detailOf(text: string): string {
  try {
    return (JSON.parse(text) as Problem).detail
  } catch {
    return text.slice(0, 200) // a proxy answered, not Playtrace
  }
}
