// Tests the build of the dashboard: it is small, loads only its own files, and `npm ci` succeeds without it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { build } from 'vite'

const SOURCES = fileURLToPath(new URL('../dashboard', import.meta.url))
const SCRIPT_BYTES_MAX = 150_000

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'playtrace-build-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('the script is under 150 KB gzipped, in files whose names contain a hash', async (t) => {
  const outDir = newFolder(t)
  await build({ root: SOURCES, logLevel: 'error', build: { outDir, emptyOutDir: true } })
  const assets = readdirSync(join(outDir, 'assets'))
  const scripts = assets.filter((name) => name.endsWith('.js'))
  const sizes = scripts.map((name) => gzipSync(readFileSync(join(outDir, 'assets', name))).length)
  const scriptBytes = sizes.reduce((sum, size) => sum + size, 0)
  assert.ok(scriptBytes > 10_000 && scriptBytes < SCRIPT_BYTES_MAX, `${scriptBytes} bytes`)

  for (const name of assets) assert.match(name, /-[\w-]{8}\.(js|css|svg)(\.gz)?$/)
  for (const name of scripts) {
    const plain = readFileSync(join(outDir, 'assets', name))
    assert.ok(gunzipSync(readFileSync(join(outDir, 'assets', `${name}.gz`))).equals(plain))
  }
  const page = readFileSync(join(outDir, 'index.html'), 'utf8')
  const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part ?? '')
  assert.ok(parts.length >= 3)
  for (const part of parts) assert.ok(assets.includes(part.replace('/assets/', '')), part)
  assert.doesNotMatch(
    page,
    /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/,
    'the page contains nothing that its policy forbids',
  )
})

test('`npm ci` succeeds without Vite or without the sources', (t) => {
  const folder = newFolder(t)
  copyFileSync(join(SOURCES, 'prepare.js'), join(folder, 'prepare.js'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const run = spawnSync(process.execPath, ['prepare.js'], { cwd: folder, encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  assert.match(run.stdout, /The dashboard was not built \(Vite, .*is not installed\)/)

  const { scripts } = JSON.parse(readFileSync(join(SOURCES, '../package.json'), 'utf8'))
  const prepare = spawnSync(scripts.prepare, { cwd: folder, shell: true, encoding: 'utf8' })
  assert.deepEqual([prepare.status, prepare.stdout, prepare.stderr], [0, '', ''])
})
