// Renames a field or a property of a rejected event. It works on the text, so every value keeps its digits and escapes.
import { JsonSpans, OPEN_BRACE } from './json-spans.ts'

/** JSON Pointers of one field (`/lvl`) or property (`/properties/lvl`). */
export interface Rename {
  from: string
  to: string
}

/** The text of each member's value by its name. Of two members with the same name the last counts, as in JSON.parse. */
type Members = Map<string, string>

/** @param raw JSON text. It is returned unchanged if `from` is absent or `to` is present. */
export function renameMember(raw: string, { from, to }: Rename): string {
  const event = membersOf(raw)
  if (!event) return raw
  const value = change(event, from, (members, key) => {
    const found = members.get(key)
    members.delete(key)
    return found
  })
  if (value === undefined) return raw
  const isRenamed = change(event, to, (members, key) => !members.has(key) && members.set(key, value))
  return isRenamed ? objectText(event) : raw
}

/** Calls `act` with the members of the object that has the pointer's place: the event or its `properties`. */
function change<Result>(
  event: Members,
  pointer: string,
  act: (members: Members, key: string) => Result,
): Result | undefined {
  const [, field = '', property] = pointer.split('/')
  const key = (property ?? field).replaceAll('~1', '/').replaceAll('~0', '~')
  if (property === undefined) return act(event, key)
  const properties = membersOf(event.get('properties') ?? '{}')
  if (!properties) return undefined
  const result = act(properties, key)
  event.delete('properties') // the changed properties become the last member
  event.set('properties', objectText(properties))
  return result
}

function membersOf(json: string): Members | undefined {
  const spans = new JsonSpans(json)
  if (spans.peek() !== OPEN_BRACE) return undefined
  const members: Members = new Map()
  spans.eachMember((key) => {
    const start = spans.skipValue()
    members.set(key, json.slice(start, spans.at))
  })
  return members
}

function objectText(members: Members): string {
  return `{${Array.from(members, ([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`
}
