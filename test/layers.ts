// The three layers of tests, and what each test file needs. A file's layer follows from where it is and what it imports, so
// nobody keeps a list.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

export const LAYERS = ['unit', 'integration', 'system'] as const
export type Layer = (typeof LAYERS)[number]

const TEST_FILES = '{bin,src,test,tools}/**/*.test.ts'
const SYSTEM_FOLDERS = ['test/system/', 'test/browser/']
const DATABASES = ['test/stores.ts']
const REDIS = ['test/fresh-redis.ts', 'test/redis-server.ts']
/** A test that reaches one of these uses a server or starts a process. */
const OUTSIDE = [
  ...DATABASES,
  ...REDIS,
  'test/test-app.ts',
  'test/system/launch.ts',
  'src/embedded-postgres/embedded-postgres.ts',
  'node:child_process',
]

export function filesOf(layer: Layer): string[] {
  return testFiles().filter((file) => layerOf(file) === layer)
}

/** @param path of a file or of a folder */
export function filesAt(path: string): string[] {
  const below = relative(ROOT, path).split(sep).join('/')
  const files = testFiles().filter((file) => file === below || file.startsWith(`${below}/`))
  if (files.length === 0) throw new Error(`No test file is at ${path}.`)
  return files
}

function testFiles(): string[] {
  return globSync(TEST_FILES, { cwd: ROOT })
    .map((file) => file.split(sep).join('/'))
    .sort()
}

export const needsDatabase = (file: string): boolean => reaches(file, DATABASES)
export const needsRedis = (file: string): boolean => reaches(file, REDIS)

function layerOf(file: string): Layer {
  if (SYSTEM_FOLDERS.some((folder) => file.startsWith(folder))) return 'system'
  return reaches(file, OUTSIDE) ? 'integration' : 'unit'
}

/** Whether a test imports one of these modules, itself or through what is written for tests. */
function reaches(file: string, modules: string[], seen = new Set<string>()): boolean {
  seen.add(file)
  return importsOf(file).some((imported) => {
    if (modules.includes(imported)) return true
    return isForTests(imported) && !seen.has(imported) && reaches(imported, modules, seen)
  })
}

function isForTests(file: string): boolean {
  return file.startsWith('test/') || file.endsWith('.testsuite.ts')
}

/** Paths below the project's folder, and names of packages. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/^(?:import|export|\}) .*?'([^']+)'$/gm)].map(([, from = '']) =>
    from.startsWith('.') ? posix.join(posix.dirname(file), from) : from,
  )
}
