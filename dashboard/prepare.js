// Builds the dashboard after `npm ci`, so that `npm start` can serve it. If Vite is not installed (--omit=dev) or fails, the
// rest of Playtrace works without the dashboard, and `/` says how to build it. This is JavaScript because Node 20 may run it.
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
try {
  const { build } = await import('vite')
  await build({ root, logLevel: 'warn' })
} catch (error) {
  const why = error.code === 'ERR_MODULE_NOT_FOUND' ? 'Vite, a development dependency, is not installed' : error.message
  console.log(`The dashboard was not built (${why}). Everything else works.`)
}
