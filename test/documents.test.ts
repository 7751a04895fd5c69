// The documents agree with the code and with each other: the example's answer, the rejection reasons, the error codes, and
// every relative link and anchor. Links to the web are not followed.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PROBLEM_CODES } from '../src/contract/answer.ts'
import { REJECTION_REASONS } from '../src/contract/rejection.ts'
import { acceptEvents } from '../src/ingest/accept-events.ts'
import { BELIEVED } from './batches.ts'

const read = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8')

test("README's example request gets README's example answer", async () => {
  const blocks = [...(await read('README.md')).matchAll(/```json\n([^`]+)```/g)].map(([, text]) => text)
  const [request, answer] = blocks
  assert.ok(request && answer)
  const { events, verdicts } = acceptEvents(
    { bytes: Buffer.from(request), form: 'json' },
    {
      gameId: 1,
      believed: BELIEVED,
      keyNo: null,
      keyFingerprint: '',
      receivedAtMs: Date.UTC(2026, 10, 22, 9, 30, 6),
      newId: () => 'id',
    },
  )
  assert.deepEqual({ accepted: events.length, rejected: verdicts }, JSON.parse(answer))
})

test('docs/api.md lists every rejection reason in order', async () => {
  const rows = [...(await read('docs/api.md')).matchAll(/^\| `([a-z_0-9]+)` \| [^|]+ \|$/gm)].map(([, word]) => word)
  const start = rows.indexOf(REJECTION_REASONS[0])
  assert.deepEqual(rows.slice(start, start + REJECTION_REASONS.length), [...REJECTION_REASONS])
})

test('docs/api.md lists every error code with its status', async () => {
  const rows = [...(await read('docs/api.md')).matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)]
  const listed = new Map(rows.map(([, code, status]) => [code, Number(status)]))
  for (const [code, status] of Object.entries(PROBLEM_CODES)) assert.equal(listed.get(code), status, code)
})

const ROOT = fileURLToPath(new URL('..', import.meta.url))

test('every relative link and anchor of the documents has a target', () => {
  const documents = globSync('**/*.md', { cwd: ROOT, exclude: ['**/node_modules/**'] })
  assert.ok(documents.length > 5)
  assert.deepEqual(documents.flatMap(brokenLinks), [])
})

test('every line of SECURITY.md about what nobody can do names a test that exists', async () => {
  const rows = [...(await read('SECURITY.md')).matchAll(/^\| cannot \|.*$/gm)].map(([row]) => row)
  assert.ok(rows.length > 10)
  for (const row of rows) {
    const files = [...row.matchAll(/`([a-z]+\/[\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file)
    assert.ok(files.length > 0, row)
    for (const file of files) assert.ok(existsSync(join(ROOT, file)), file)
  }
})

test('the link check finds a missing file and a missing anchor', () => {
  const text = '# A `b`: c, d\n# A b c d\n[1](no.md) [2](#a-b-c-d-1) [3](#no) [4](README.md#no) <a href="no">'
  assert.deepEqual([...anchorsOf(text)], ['a-b-c-d', 'a-b-c-d-1'])
  const broken = linksOf(text).filter((link) => !hasTarget('README.md', link, text))
  assert.deepEqual(broken, ['no.md', '#no', 'README.md#no', 'no'])
})

function brokenLinks(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8')
  return linksOf(text)
    .filter((link) => !hasTarget(path, link, text))
    .map((link) => `${path}: ${link}`)
}

function linksOf(text: string): string[] {
  const links = withoutCode(text).matchAll(/\]\(<?([^)\s>]+)|^ *\[[^\]]+\]: +(\S+)|\b(?:href|src)="([^"]+)"/gm)
  return [...links].map(([, inline, reference, html]) => inline ?? reference ?? html ?? '')
}

function hasTarget(path: string, link: string, text: string): boolean {
  if (/^[a-z]+:/.test(link)) return true
  const [file = '', anchor] = link.split('#').map(decodeURIComponent)
  const target = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file)
  if (!existsSync(target)) return false
  if (anchor === undefined || !/(^|\.md)$/.test(file)) return true
  return anchorsOf(file === '' ? text : readFileSync(target, 'utf8')).has(anchor)
}

/** As GitHub makes them of the headings. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  const headings = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6} +(.+?)(?: +#+)?$/gm)
  for (const [, heading = ''] of headings) {
    const shown = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    const slug = shown
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    let unique = slug
    for (let n = 1; anchors.has(unique); n++) unique = `${slug}-${n}`
    anchors.add(unique)
  }
  return anchors
}

function withoutCode(text: string): string {
  return text.replace(/^ *(```|~~~)[\s\S]*?^ *\1/gm, '').replace(/`[^`\n]*`/g, '')
}
