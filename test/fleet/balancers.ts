// HAProxy and nginx before the API nodes, with the very configurations that docs/deploy.md shows.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { onEnd } from '../on-end.ts'
import { freePort } from '../redis-server.ts'
import { until } from '../until.ts'

/** Debian installs both into a folder that is on the PATH of administrators only. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']

export function findProgram(name: 'haproxy' | 'nginx'): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** @returns the URL of the balancer, when it answers */
export async function startHaproxy(t: TestContext, program: string, nodePorts: number[]): Promise<string> {
  const port = await freePort()
  const config = await filledIn('haproxy', port, nodePorts)
  return launch(t, port, config, (file) => [program, ['-f', file]])
}

export async function startNginx(t: TestContext, program: string, nodePorts: number[]): Promise<string> {
  const port = await freePort()
  const http = await filledIn('nginx', port, nodePorts)
  const top = 'daemon off;\nerror_log stderr;\npid nginx.pid;\nevents {}\n'
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${name};`)
    .join('\n')
  const config = `${top}http {\naccess_log off;\n${paths}\n${http}}\n`
  return launch(t, port, config, (file, folder) => [program, ['-p', folder, '-c', file, '-e', 'stderr']])
}

/** The snippet of the document, with the test's ports in place of 80 and of the nodes' addresses. */
async function filledIn(language: 'haproxy' | 'nginx', port: number, nodePorts: number[]): Promise<string> {
  const page = await readFile(new URL('../../docs/deploy.md', import.meta.url), 'utf8')
  const snippet = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]
  if (snippet === undefined) throw new Error(`docs/deploy.md has no configuration of ${language}.`)
  let at = 0
  return snippet
    .replaceAll(/10\.0\.0\.\d+:3000/g, () => `127.0.0.1:${nodePorts[at++ % nodePorts.length]}`)
    .replace(/(bind|listen) (\*:)?80\b/, `$1 127.0.0.1:${port}`)
}

async function launch(
  t: TestContext,
  port: number,
  config: string,
  command: (file: string, folder: string) => [string, string[]],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'playtrace-balancer-'))
  onEnd(t, () => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'logs'))
  const file = join(folder, 'balancer.conf')
  await writeFile(file, config)
  const child = spawn(...command(file, folder), { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  onEnd(t, async () => {
    if (child.exitCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  const url = `http://127.0.0.1:${port}`
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`The balancer ended: ${output}`)
    return fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
  })
  return url
}
