// Shortens and cleans a sender's text for answers, log lines and columns of type text.

const SHOWN_CHARACTERS_MAX = 100

/** Returns up to 100 characters. An ellipsis replaces the rest. */
export function cut(text: string): string {
  // A character has at most two code units, so the first cut never shortens the result.
  const characters = Array.from(text.slice(0, 2 * SHOWN_CHARACTERS_MAX + 2))
  return characters.length <= SHOWN_CHARACTERS_MAX ? text : `${characters.slice(0, SHOWN_CHARACTERS_MAX).join('')}…`
}

/** Like {@link cut}, with U+FFFD instead of NUL and of half surrogate pairs, which PostgreSQL's type text refuses. */
export function shown(text: string): string {
  return cut(text).replaceAll('\0', '\uFFFD').toWellFormed()
}

/** Returns a JSON Pointer (RFC 6901). */
export function jsonPointer(...names: string[]): string {
  return names.map((name) => `/${shown(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
