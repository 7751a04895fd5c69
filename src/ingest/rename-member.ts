// Renames a field or a property of a rejected event. It works on the text, so every value keeps its digits and escapes.
import { JsonSpans, OPEN_BRACE } from './json-spans.ts'

/** JSON Pointers of one field (`/lvl`) or property (`/properties/lvl`). */
export interface Rename {
  from: string
  to: string
}

interface Member {
  key: string
  value: string
}

/** @param raw JSON text. It is returned unchanged if `from` is absent or `to` is present. */
export function renameMember(raw: string, { from, to }: Rename): string {
  const event = membersOf(raw)
  const taken = event && take(event, from)
  return taken && put(taken.rest, to, taken.value) ? objectText(taken.rest) : raw
}

function take(event: Member[], pointer: string): { rest: Member[]; value: string } | undefined {
  const { inProperties, key } = placeOf(pointer)
  if (!inProperties) {
    const value = last(event, key)?.value
    return value === undefined ? undefined : { rest: event.filter((member) => member.key !== key), value }
  }
  const properties = last(event, 'properties')
  const inner = properties && membersOf(properties.value)
  const taken = inner && take(inner, `/${escaped(key)}`)
  return taken && { rest: replaced(event, objectText(taken.rest)), value: taken.value }
}

/** Adds the member. Returns false if the name is taken, or `properties` is not an object. */
function put(event: Member[], pointer: string, value: string): boolean {
  const { inProperties, key } = placeOf(pointer)
  if (!inProperties) return last(event, key) ? false : event.push({ key, value }) > 0
  const inner = membersOf(last(event, 'properties')?.value ?? '{}')
  if (!inner || last(inner, key)) return false
  inner.push({ key, value })
  event.splice(0, event.length, ...replaced(event, objectText(inner)))
  return true
}

function placeOf(pointer: string): { inProperties: boolean; key: string } {
  const [, first = '', second] = pointer.split('/')
  const inProperties = second !== undefined
  return { inProperties, key: (second ?? first).replaceAll('~1', '/').replaceAll('~0', '~') }
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function replaced(event: Member[], properties: string): Member[] {
  return [...event.filter(({ key }) => key !== 'properties'), { key: 'properties', value: properties }]
}

/** Of two members with the same name the last counts, as in JSON.parse and jsonb. */
function last(members: Member[], key: string): Member | undefined {
  return members.findLast((member) => member.key === key)
}

function membersOf(json: string): Member[] | undefined {
  const spans = new JsonSpans(json)
  if (spans.peek() !== OPEN_BRACE) return undefined
  const members: Member[] = []
  spans.eachMember((key) => {
    const { start, end } = spans.skipValue()
    members.push({ key, value: json.slice(start, end) })
  })
  return members
}

function objectText(members: Member[]): string {
  return `{${members.map(({ key, value }) => `${JSON.stringify(key)}:${value}`).join(',')}}`
}
