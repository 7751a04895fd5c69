// Runs after `npm ci`: builds the dashboard, so that `npm start` has it. Where Vite was not installed (--omit=dev), or cannot
// run, everything but the dashboard works, and `/` says what to do. Plain JavaScript: Node 20 may run it.
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
try {
  const { build } = await import('vite')
  await build({ root, logLevel: 'warn' })
} catch (error) {
  const why =
    error.code === 'ERR_MODULE_NOT_FOUND' ? 'Vite, a development dependency, is not installed' : error.message
  console.log(`The dashboard was not built (${why}). Everything else works.`)
}
