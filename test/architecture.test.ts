// Holds ARCHITECTURE.md's table of who may import whom, and the few habits that a program can check.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'vite'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const LINES_MAX = 300
const FUNCTION_LINES_MAX = 60
const BANNED_NAMES = /(^|[-/])(utils?|helpers?|commons?|misc|managers?|services?)([-./]|$)/i

interface Import {
  /** A path below src/ without `.ts`, or a package's name. */
  target: string
  isType: boolean
}

interface Source {
  path: string
  text: string
  imports: Import[]
}

/** Beginnings of paths below src/; a room may always import from itself. `types`: with `import type` alone. */
interface Allowed {
  values: string[]
  types?: string[]
}

const ROAD_BACK = ['queue/', 'storage/']
const ROUTES = ['contract/', 'ingest/', 'error-reason', 'api/server/', 'api/admission/']
const STORAGE = ['contract/', 'storage/postgres/']

/** A room is a folder below src/, or a file that lies there. */
const WHO_MAY_IMPORT_WHOM: Record<string, Allowed> = {
  contract: { values: [] },
  ingest: { values: ['contract/'] },
  queue: { values: ['contract/', 'ingest/event-batch', 'error-reason'] },
  'storage/postgres': { values: ['contract/', 'error-reason'] },
  'storage/games': { values: STORAGE },
  'storage/quarantine': { values: STORAGE, types: ['ingest/event-batch'] },
  'storage/events': { values: [...STORAGE, 'storage/games/', 'storage/quarantine/'], types: ['ingest/event-batch'] },
  'storage/rollups': { values: STORAGE },
  'storage/reports': { values: STORAGE },
  'api/app': { values: [...ROUTES, 'api/'], types: ROAD_BACK },
  'api/server': { values: ['contract/', 'ingest/', 'error-reason', 'api/admission/'] },
  'api/admission': { values: ['contract/', 'ingest/', 'error-reason'], types: ROAD_BACK },
  'api/events': { values: ROUTES, types: [...ROAD_BACK, 'api/operations/'] },
  'api/query': { values: ROUTES, types: ROAD_BACK },
  'api/quarantine': { values: ROUTES, types: [...ROAD_BACK, 'api/events/'] },
  'api/live': { values: ROUTES, types: ROAD_BACK },
  'api/operations': { values: ROUTES, types: ROAD_BACK },
  worker: { values: ['contract/', 'ingest/'], types: ROAD_BACK },
  'embedded-postgres': { values: ['storage/postgres/ensure-database'] },
  client: { values: ['contract/'] },
  simulation: { values: ['contract/'] },
  config: { values: [] },
  'error-reason': { values: [] },
  lifecycle: { values: [] },
  commands: { values: [''] },
}
/** These have rooms of their own: no file but app.ts lies between them. */
const DIVIDED = ['api', 'storage']

/** Packages that belong to one place. */
const PACKAGE_HOMES: Record<string, RegExp> = {
  bullmq: /^src\/queue\/bullmq-(queue|consumer|inspector|redis)\.ts$/,
  ioredis: /^src\/commands\/api\.ts$/,
  pg: /^src\/(storage\/|queue\/bullmq-queue\.ts$)/,
  'pg-copy-streams': /^src\/storage\//,
  fastify: /^src\/api\//,
  typebox: /^src\/(contract|ingest|api|client)\//,
}
const CONTRACT_PACKAGES = ['typebox']

const SOURCES = read('src/**/*.ts').filter(({ path }) => !/\.(test|testsuite)\.ts$/.test(path))
const PROGRAM = [...SOURCES, ...read('bin/*.{ts,mts}')]

function read(pattern: string): Source[] {
  return globSync(pattern, { cwd: ROOT })
    .map((path) => path.split(sep).join('/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      return { path, text, imports: importsOf(path, text) }
    })
}

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = []
  const add = (from: string, isType: boolean) => {
    const below = posix.join(posix.dirname(path), from)
    const target = from.startsWith('.') ? below.replace(/^src\//, '').replace(/\.ts$/, '') : from
    found.push({ target, isType })
  }
  for (const [, names = '', from = ''] of text.matchAll(/^(?:import|export)\s([^;'"]*?)\sfrom\s'([^']+)'/gm)) {
    add(from, isTypeOnly(names))
  }
  for (const [, from = ''] of text.matchAll(/(?:^import |\bimport\()'([^']+)'/gm)) add(from, false)
  return found
}

/** `type { A }` or `{ type A, type B }`. */
function isTypeOnly(names: string): boolean {
  if (names.startsWith('type ')) return true
  const inBraces = /^\{([^}]*)\}$/.exec(names.trim())?.[1]
  const list = inBraces?.split(',').map((name) => name.trim())
  return list?.every((name) => name === '' || name.startsWith('type ')) ?? false
}

const isOurs = ({ target }: Import) => SOURCES.some(({ path }) => path === `src/${target}.ts`)

test('this test sees the imports that it is about', () => {
  const acceptEvents = SOURCES.find(({ path }) => path === 'src/ingest/accept-events.ts')
  assert.ok(acceptEvents?.imports.some(({ target, isType }) => target === 'ingest/parse-body' && !isType))
  const storeBatch = SOURCES.find(({ path }) => path === 'src/worker/store-batch.ts')
  assert.ok(storeBatch?.imports.some(({ target, isType }) => target === 'storage/postgres/storage-error' && isType))
  const cli = PROGRAM.find(({ path }) => path === 'bin/cli.mts')
  assert.ok(cli?.imports.some(({ target }) => target === 'commands/worker'))
  assert.deepEqual(
    importsOf('src/a/b.ts', "import {\n  c,\n  type D,\n} from '../e/f.ts'\nimport { type G } from 'h'"),
    [
      { target: 'e/f', isType: false },
      { target: 'h', isType: true },
    ],
  )
})

/** The room of a path below src/ without `.ts`. */
function roomOf(target: string): string {
  const [first = '', second = '', third] = target.split('/')
  if (!DIVIDED.includes(first)) return first
  return third === undefined && second !== 'app' ? first : `${first}/${second}`
}

test('a room imports what ARCHITECTURE.md’s table allows', () => {
  for (const source of SOURCES) {
    const room = roomOf(source.path.slice('src/'.length).replace(/\.ts$/, ''))
    const allowed = WHO_MAY_IMPORT_WHOM[room]
    assert.ok(allowed, `${source.path}: the room ${room} is not in the table`)
    for (const { target, isType } of source.imports.filter(isOurs)) {
      const isAllowed =
        roomOf(target) === room ||
        allowed.values.some((start) => target.startsWith(start)) ||
        (isType && allowed.types?.some((start) => target.startsWith(start)))
      assert.ok(isAllowed, `${source.path} must not import ${isType ? 'types' : 'values'} of ${target}`)
    }
  }
})

test('the table of ARCHITECTURE.md names the same rooms', () => {
  const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
  for (const room of Object.keys(WHO_MAY_IMPORT_WHOM)) {
    const isFolder = SOURCES.some(({ path }) => path.startsWith(`src/${room}/`))
    if (isFolder) assert.ok(page.includes(`\`${room}/\``), `${room}/ is not in ARCHITECTURE.md`)
    else
      assert.ok(
        SOURCES.some(({ path }) => path === `src/${room}.ts`),
        `there is no room ${room}`,
      )
  }
})

test('no file imports itself by way of others', () => {
  const importsOfPath = new Map(
    SOURCES.map(({ path, imports }) => [
      path.slice('src/'.length).replace(/\.ts$/, ''),
      imports.filter(isOurs).map(({ target }) => target),
    ]),
  )
  const done = new Set<string>()
  const visit = (path: string, way: string[]): void => {
    assert.ok(!way.includes(path), `an import circle: ${[...way.slice(way.indexOf(path)), path].join(' → ')}`)
    if (done.has(path)) return
    for (const target of importsOfPath.get(path) ?? []) visit(target, [...way, path])
    done.add(path)
  }
  for (const path of importsOfPath.keys()) visit(path, [])
})

test('a package is imported where it belongs', () => {
  for (const { path, imports } of PROGRAM) {
    for (const one of imports) {
      if (isOurs(one) || one.target.startsWith('node:')) continue
      const name = one.target.replace(/^(@[^/]+\/[^/]+|[^/]+).*$/, '$1')
      const home = PACKAGE_HOMES[name] ?? (name.startsWith('@fastify/') ? PACKAGE_HOMES['fastify'] : undefined)
      assert.ok(!home || home.test(path), `${path} must not import ${name}`)
      if (path.startsWith('src/contract/')) assert.ok(CONTRACT_PACKAGES.includes(name), `${path} imports ${name}`)
    }
  }
})

test('only commands/, config.ts and bin/ read the environment; PostgreSQL gets a part of it', () => {
  for (const { path, text } of PROGRAM) {
    if (/^(bin\/|src\/commands\/|src\/config\.ts$|src\/embedded-postgres\/run-program\.ts$)/.test(path)) continue
    assert.doesNotMatch(withoutComments(text), /process\.env\b/, path)
  }
})

test('only storage/ has SQL', () => {
  const statement =
    /\b(select\s[^'`]*\sfrom\s|insert\s+into\s|update\s+\w+(\.\w+)?\s+set\s|delete\s+from\s|(create|alter|drop)\s+(table|database|schema|index)\b)/i
  for (const { path, text } of PROGRAM) {
    const strings = withoutComments(text).match(/'[^'\n]*'|`[^`]*`/g) ?? []
    if (/^src\/storage\//.test(path)) continue
    for (const string of strings) assert.doesNotMatch(string, statement, path)
  }
  const storage = SOURCES.filter(({ path }) => path.startsWith('src/storage/')).map(({ text }) => text)
  assert.match(storage.join('\n'), statement, 'this test knows SQL when it sees it')
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

const EVERYTHING = [
  'src/**/*.ts',
  'bin/*.{ts,mts}',
  'test/**/*.ts',
  'tools/**/*.ts',
  'dashboard/src/**/*.{ts,tsx}',
].flatMap(read)

test('files open with what they are for, are short, and are called by what they do', () => {
  assert.ok(EVERYTHING.length > 50)
  for (const { path, text } of EVERYTHING) {
    if (!path.endsWith('.test.ts')) assert.match(text, /^(#!.*\n)?\/\/ \S/, `${path} opens with a comment`)
    assert.ok(text.trimEnd().split('\n').length <= LINES_MAX, `${path} has more than ${LINES_MAX} lines`)
    assert.doesNotMatch(relative('.', path), BANNED_NAMES)
  }
})

// Biome's noExcessiveLinesPerFunction shows a long function in the editor, but leaves closing brackets and the lines of a
// template out of its count. This test counts every line.
test('functions are short', () => {
  assert.deepEqual(EVERYTHING.flatMap(longFunctions), [])
  const lines = '\n'.repeat(FUNCTION_LINES_MAX - 1)
  const text = `const short = () => {${lines}}\nconst long = {\n  name() {${lines}\n}\n}`
  assert.deepEqual(longFunctions({ path: 'a.ts', text }), ['a.ts:62 has 61 lines'])
})

function longFunctions({ path, text }: Pick<Source, 'path' | 'text'>): string[] {
  const found: string[] = []
  const check = ({ start, end }: { start: number; end: number }) => {
    const lines = text.slice(start, end).split('\n').length
    if (lines <= FUNCTION_LINES_MAX) return
    found.push(`${path}:${text.slice(0, start).split('\n').length} has ${lines} lines`)
  }
  const { program, errors } = parseSync(path, text)
  assert.deepEqual(errors, [], path)
  new Visitor({
    FunctionDeclaration: check,
    FunctionExpression: check,
    ArrowFunctionExpression: check,
  }).visit(program)
  return found
}
