// `npm run openapi` lints the OpenAPI document of the API. The API runs with its parts in memory, without a server.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTestApp } from '../test/test-app.ts'

const REDOCLY = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'))
const RULES = fileURLToPath(new URL('../redocly.yaml', import.meta.url))
/** Redocly sends nothing and asks no registry for a newer release. */
const OFFLINE = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }

const api = await openTestApp()
const document = (await api.app.inject('/openapi.json')).json()
await api.close()

const folder = await mkdtemp(join(tmpdir(), 'playtrace-openapi-'))
const file = join(folder, 'openapi.json')
await writeFile(file, JSON.stringify(document, null, 2)) // Redocly names the line of an error.
const { status, error } = spawnSync(process.execPath, [REDOCLY, 'lint', file, '--config', RULES], {
  stdio: 'inherit',
  env: { ...process.env, ...OFFLINE },
})
await rm(folder, { recursive: true })
if (error) throw error
process.exitCode = status ?? 1
