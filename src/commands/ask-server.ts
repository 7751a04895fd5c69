// Commands that ask a running server, with an admin key, under /v1/games/{game}/.
import { type Config, ConfigError } from '../config.ts'
import type { Problem } from '../contract/answer.ts'
import { type ServerOptions, serverOf } from './connections.ts'

const ANSWER_MS_MAX = 60_000

export interface GameOptions extends ServerOptions {
  game: string
}

/**
 * @param path below the game; with a body it is posted
 * @returns the answer's text as it came: parsed, large integers would lose digits
 * @throws ConfigError saying what the server said, or that there is none
 */
export async function askServer(
  config: Config,
  options: GameOptions,
  path: string,
  body?: object,
): Promise<string> {
  const { url, key } = await serverOf(config, options, 'admin')
  const init: RequestInit = {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  }
  if (body) {
    init.method = 'POST'
    init.headers = { ...init.headers, 'content-type': 'application/json' }
    init.body = JSON.stringify(body)
  }
  const response = await fetch(new URL(`/v1/games/${options.game}/${path}`, url), init).catch((cause) => {
    throw new ConfigError(`No server answers at ${url}. Is it running?`, { cause })
  })
  const text = await response.text()
  if (response.ok) return text
  throw new ConfigError(`The server answered ${response.status}: ${detailOf(text)}`)
}

function detailOf(text: string): string {
  try {
    return (JSON.parse(text) as Problem).detail
  } catch {
    return text.slice(0, 200) // something between us and the server
  }
}
