// What Playtrace asks of the Redis or Valkey server that holds the queue.

export interface RedisStore {
  /** The text that INFO answers. */
  info(): Promise<string>
  /** CONFIG GET of one setting; undefined where the server does not allow reading it. */
  setting(name: string): Promise<string | undefined>
}

/** The lines `name:value` of INFO. */
export function infoFields(info: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return fields
}
