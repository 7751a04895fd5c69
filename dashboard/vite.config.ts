// Builds the dashboard into dist/. Each file name contains a hash of the content. Each file has a gzip copy for the API to send.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // Nothing is inlined, because the page's policy allows no inline script, style or image.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  plugins: [gzipped()],
  // `npx vite dashboard` shows changes at once while `npm start` runs.
  server: { proxy: { '/v1': 'http://127.0.0.1:3000' } },
})

function gzipped(): Plugin {
  let folder = ''
  return {
    name: 'gzipped',
    apply: 'build',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir, build.assetsDir)
    },
    async closeBundle() {
      for (const file of await readdir(folder)) {
        const path = join(folder, file)
        await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }))
      }
    },
  }
}
