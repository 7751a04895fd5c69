// Describes an unknown field, and finds the known field that its sender probably meant.
import { shown } from './shown-text.ts'

/** Two names are near if at most this many characters differ, and fewer than half of the unknown name's characters. */
const EDITS_MAX = 2

/** Names that other systems use. */
const SYNONYMS: Record<string, string[]> = {
  event_id: ['id', 'uuid', 'insertid', 'messageid'],
  name: ['event', 'eventname', 'type', 'eventtype', 'action'],
  player_id: ['userid', 'uid', 'user', 'player', 'distinctid', 'clientid'],
  session_id: ['session'],
  occurred_at: ['timestamp', 'ts', 'time', 'eventtime', 'clienttime', 'createdat'],
  app_version: ['version', 'build', 'gameversion'],
  platform: ['os', 'device'],
  properties: ['props', 'params', 'parameters', 'data', 'payload', 'attributes'],
}

/** @param place what the field is not, such as "a field of an event" */
export function unknownField(unknown: string, place: string, known: string[]): string {
  const near = nearName(unknown, known)
  const hint = near === undefined ? '' : ` The nearest known name is ${near}.`
  return `${JSON.stringify(shown(unknown))} is not ${place}.${hint}`
}

/** Returns the nearest of the known names, or undefined if none is near. */
export function nearName(unknown: string, known: string[]): string | undefined {
  const synonym = known.find((name) => SYNONYMS[name]?.includes(plain(unknown)))
  if (synonym !== undefined) return synonym
  let nearest: string | undefined
  let fewest = Math.min(EDITS_MAX + 1, unknown.length / 2)
  for (const name of known) {
    if (plain(name) === plain(unknown)) return name
    // The distance is at least the difference in length. This check also keeps a very long name from being compared.
    if (Math.abs(name.length - unknown.length) >= fewest) continue
    const edits = editDistance(unknown, name)
    if (edits >= fewest) continue
    nearest = name
    fewest = edits
  }
  return nearest
}

const plain = (name: string) => (name.length > 100 ? name : name.toLowerCase().replaceAll(/[_-]/g, ''))

/** Returns the Levenshtein distance: the number of characters to insert, delete or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
