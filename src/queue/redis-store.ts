// The commands by which Playtrace reads the state and settings of the Redis or Valkey server of the queue.

export interface RedisStore {
  /** The answer to INFO. */
  info(): Promise<string>
  /** The answer to CONFIG GET for one setting, or undefined if the server does not allow reading it. */
  setting(name: string): Promise<string | undefined>
}

/** Parses the `name:value` lines of INFO. */
export function infoFields(info: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return fields
}
