// The variables: their defaults and values, and that .env.example and docs/configuration.md list all of them.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { ConfigError, readConfig, urlForTools, VARIABLES } from './config.ts'

const DEFAULTS = {
  databaseUrl: undefined,
  queueUrl: undefined,
  dataDir: '.playtrace',
  embeddedPostgresPort: undefined,
  host: '127.0.0.1',
  port: 3000,
  workerPort: undefined,
  writeKey: undefined,
  adminKey: undefined,
  apiProcesses: 1,
  workerProcesses: 1,
  requireDurable: false,
  queueReplicasMin: 0,
  apiDatabaseConnectionsMax: 5,
  workerDatabaseConnectionsMax: 4,
  queueConnectionsMax: 4,
  trustProxy: undefined,
  allowedHosts: [],
  rateLimitPerAddress: 60_000,
  rateLimitPerKey: 600_000,
  budgetPerAddress: { bytes: 2 * 1024 ** 3, events: 5_000_000 },
  budgetPerGame: { bytes: 400 * 1024 ** 3, events: 1_000_000_000 },
  backlogBatchesMax: 100_000,
  backlogBytesMax: 10 * 1024 ** 3,
  diskFreeBytesMin: undefined,
  logLevel: 'info',
  isLogLevelSet: false,
  shutdownTimeoutMs: 10_000,
  shutdownDelayMs: 0,
  quarantineDays: 90,
  quarantineEventsMax: 1_000_000,
  quarantineBytesMax: 1_073_741_824,
}

async function projectFile(name: string): Promise<string> {
  return readFile(new URL(`../${name}`, import.meta.url), 'utf8')
}

test('.env.example lists every variable with its default, and the variables of docker compose', async () => {
  const lines = (await projectFile('.env.example')).split('\n')
  const listed = new Map<string, string>()
  for (const [at, line] of lines.entries()) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) {
      assert.match(line, /^(#.*)?$/, 'a line is a variable, a comment or empty')
      continue
    }
    assert.ok(lines[at - 1]?.startsWith('# '), `${name} has a comment above it`)
    assert.ok(!listed.has(name), `${name} is listed once`)
    listed.set(name, value)
  }
  const compose = await projectFile('docker-compose.yml')
  const substituted = [...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name as string)
  assert.deepEqual([...listed.keys()].sort(), [...new Set([...Object.keys(VARIABLES), ...substituted])].sort())
  for (const [name, value] of Object.entries(VARIABLES)) assert.equal(listed.get(name), value, name)
})

test('docs/configuration.md has one row for every variable, with its default, and no other row', async () => {
  const document = await projectFile('docs/configuration.md')
  const rows = [...document.matchAll(/^\| `([A-Z_]+)` \| (?:absent|`([^`]*)`) \| [^|]+ \|$/gm)]
  const listed = rows.map(([, name, value = '']) => [name, value])
  assert.deepEqual(listed, Object.entries(VARIABLES))
})

test('without any variable the defaults hold; an empty or blank one is absent', () => {
  assert.deepEqual(readConfig({}), DEFAULTS)
  const blank = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ' ']))
  assert.deepEqual(readConfig(blank), DEFAULTS)
})

const EVERY_VARIABLE = {
  DATABASE_URL: 'postgresql://u:p@h:1/d',
  QUEUE_URL: 'rediss://h',
  PLAYTRACE_DATA_DIR: '/data',
  EMBEDDED_POSTGRES_PORT: '5433',
  HOST: '0.0.0.0',
  PORT: ' 0 ',
  WORKER_PORT: '0',
  PLAYTRACE_WRITE_KEY: 'w'.repeat(16),
  PLAYTRACE_ADMIN_KEY: 'a-_9'.repeat(32),
  API_PROCESSES: '2',
  WORKER_PROCESSES: '3',
  REQUIRE_DURABLE: '1',
  QUEUE_REPLICAS_MIN: '2',
  API_DATABASE_CONNECTIONS_MAX: '1',
  WORKER_DATABASE_CONNECTIONS_MAX: '2',
  QUEUE_CONNECTIONS_MAX: '3',
  TRUST_PROXY: '1',
  ALLOWED_HOSTS: 'Analytics.example.com, nas',
  RATE_LIMIT_PER_ADDRESS: '0',
  RATE_LIMIT_PER_KEY: '1000000000',
  BUDGET_BYTES_PER_ADDRESS: '1',
  BUDGET_EVENTS_PER_ADDRESS: '2',
  BUDGET_BYTES_PER_GAME: '3',
  BUDGET_EVENTS_PER_GAME: '0',
  BACKLOG_BATCHES_MAX: '0',
  BACKLOG_BYTES_MAX: '1099511627776',
  DISK_FREE_BYTES_MIN: '0',
  LOG_LEVEL: 'silent',
  SHUTDOWN_TIMEOUT_MS: '100',
  SHUTDOWN_DELAY_MS: '15000',
  QUARANTINE_DAYS: '7',
  QUARANTINE_EVENTS_MAX: '5',
  QUARANTINE_BYTES_MAX: '1000000000000000',
}

test('every variable is read', () => {
  assert.deepEqual(Object.keys(EVERY_VARIABLE).sort(), Object.keys(VARIABLES).sort())
  assert.deepEqual(readConfig(EVERY_VARIABLE), {
    databaseUrl: 'postgresql://u:p@h:1/d',
    queueUrl: 'rediss://h',
    dataDir: '/data',
    embeddedPostgresPort: 5433,
    host: '0.0.0.0',
    port: 0,
    workerPort: 0,
    writeKey: 'w'.repeat(16),
    adminKey: 'a-_9'.repeat(32),
    apiProcesses: 2,
    workerProcesses: 3,
    requireDurable: true,
    queueReplicasMin: 2,
    apiDatabaseConnectionsMax: 1,
    workerDatabaseConnectionsMax: 2,
    queueConnectionsMax: 3,
    trustProxy: 1,
    allowedHosts: ['analytics.example.com', 'nas'],
    rateLimitPerAddress: 0,
    rateLimitPerKey: 1_000_000_000,
    budgetPerAddress: { bytes: 1, events: 2 },
    budgetPerGame: { bytes: 3, events: 0 },
    backlogBatchesMax: 0,
    backlogBytesMax: 1_099_511_627_776,
    diskFreeBytesMin: 0,
    logLevel: 'silent',
    isLogLevelSet: true,
    shutdownTimeoutMs: 100,
    shutdownDelayMs: 15_000,
    quarantineDays: 7,
    quarantineEventsMax: 5,
    quarantineBytesMax: 1_000_000_000_000_000,
  })
})

const UNUSABLE: [keyof typeof VARIABLES, string[]][] = [
  [
    'DATABASE_URL',
    [
      'mysql://h/d',
      'h:5432',
      'redis://h',
      'postgres:',
      'POSTGRES://h/d',
      'postgres://one:1,two:2/d?target_session_attrs=read-write',
      'postgres://one,two/d',
      'postgres:///d?host=one,two',
      'postgres://h/d?sslmode=prefer',
      'postgres://h/d?sslmode=verify-ca',
      'postgres://h/d?sslmode=verify-full&sslrootcert=/no/such/file',
    ],
  ],
  ['QUEUE_REPLICAS_MIN', ['-1', '101']],
  ['API_DATABASE_CONNECTIONS_MAX', ['0']],
  ['WORKER_DATABASE_CONNECTIONS_MAX', ['1']],
  ['QUEUE_CONNECTIONS_MAX', ['0', '1001']],
  ['ALLOWED_HOSTS', ['http://a.b', 'a.b:80', 'a,,b', '*', '*.a.b']],
  ['TRUST_PROXY', ['true', '0', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.0/8,proxy', '10.0.0.1/8/8']],
  ['SHUTDOWN_DELAY_MS', ['-1', '600001']],
  ['QUEUE_URL', ['amqp://h', 'localhost:6379']],
  ['PORT', ['-1', '65536', '3000.5', '0x10', '1e3', 'http']],
  ['WORKER_PORT', ['65536']],
  ['PLAYTRACE_WRITE_KEY', ['w'.repeat(15), 'w'.repeat(129), `${'w'.repeat(16)} x`, 'ä'.repeat(16)]],
  ['PLAYTRACE_ADMIN_KEY', ['short']],
  ['API_PROCESSES', ['0', '65']],
  ['WORKER_PROCESSES', ['0', 'two']],
  ['REQUIRE_DURABLE', ['yes', 'true', '2']],
  ['RATE_LIMIT_PER_ADDRESS', ['-1', 'none', '1.5']],
  ['RATE_LIMIT_PER_KEY', ['1000000001']],
  ['BUDGET_BYTES_PER_ADDRESS', ['2GiB']],
  ['BUDGET_EVENTS_PER_ADDRESS', ['-1']],
  ['BUDGET_BYTES_PER_GAME', ['none']],
  ['BUDGET_EVENTS_PER_GAME', ['1.5']],
  ['BACKLOG_BATCHES_MAX', ['-1']],
  ['BACKLOG_BYTES_MAX', ['10GiB']],
  ['DISK_FREE_BYTES_MIN', ['5%']],
  ['LOG_LEVEL', ['INFO', 'verbose']],
  ['QUARANTINE_DAYS', ['0', '-1']],
  ['QUARANTINE_EVENTS_MAX', ['0', '1e6']],
  ['QUARANTINE_BYTES_MAX', ['0', '1GiB', '1125899906842625']],
  ['SHUTDOWN_TIMEOUT_MS', ['99', '600001', 'Infinity']],
]

test('a value that cannot be used is an error that names its variable', () => {
  for (const [name, texts] of UNUSABLE) {
    for (const text of texts) {
      assert.throws(
        () => readConfig({ [name]: text }),
        (error) => {
          assert.ok(error instanceof ConfigError)
          assert.ok(error.message.startsWith(`${name} must be `), error.message)
          return true
        },
        `${name}=${text}`,
      )
    }
  }
})

test('the URL of a database may lead to a socket, and its sslmode means what libpq means', () => {
  const same = [
    'postgres://u:p@/d?host=/run/postgresql',
    'postgres:///d?host=/run/postgresql',
    'postgres://h/d?sslmode=no-verify',
    'postgres://h/d?sslmode=require&uselibpqcompat=true',
  ]
  for (const url of same) assert.equal(readConfig({ DATABASE_URL: url }).databaseUrl, url)
  for (const name of ['DATABASE_URL', 'QUEUE_URL']) {
    const config = readConfig({ [name]: 'postgres://h/d?sslmode=require' })
    const url = name === 'QUEUE_URL' ? config.queueUrl : config.databaseUrl
    assert.equal(url, 'postgres://h/d?sslmode=require&uselibpqcompat=true')
    assert.equal(urlForTools(url), 'postgres://h/d?sslmode=require')
  }
})

test('a comma is part of a password, and options are refused', () => {
  const url = 'postgres://u:pa,ss@h/d'
  assert.equal(readConfig({ DATABASE_URL: url }).databaseUrl, url)
  assert.throws(
    () => readConfig({ DATABASE_URL: 'postgres://h/d?options=-c%20work_mem%3D1MB' }),
    /^Error: DATABASE_URL must be a URL without options/,
  )
})

test('TRUST_PROXY is a number of proxies, or a list of addresses', () => {
  const list = '127.0.0.1, 10.0.0.0/8,2001:db8::/32'
  assert.equal(readConfig({ TRUST_PROXY: list }).trustProxy, list)
  assert.equal(readConfig({ TRUST_PROXY: '2' }).trustProxy, 2)
})

test('without ALLOWED_HOSTS, a server on loopback has no other names, and a server on a network has any', () => {
  for (const HOST of ['127.0.0.1', '127.1.2.3', 'localhost', '::1'])
    assert.deepEqual(readConfig({ HOST }).allowedHosts, [])
  for (const HOST of ['0.0.0.0', '::', '192.168.1.5', 'analytics.example.com'])
    assert.equal(readConfig({ HOST }).allowedHosts, undefined)
})

test('docker-compose.yml gives no key a default', async () => {
  assert.doesNotMatch(await projectFile('docker-compose.yml'), /PLAYTRACE_\w+_KEY:-[^}]|pt_[wa]_/)
})

test('all wrong variables are listed at once', () => {
  const wrong = { PORT: 'http', LOG_LEVEL: 'loud', QUEUE_REPLICAS_MIN: '-1' }
  assert.throws(
    () => readConfig(wrong),
    ({ message }: Error) => {
      const lines = message.split('\n')
      assert.deepEqual(lines.map((line) => line.split(' ')[0]).sort(), Object.keys(wrong).sort())
      return true
    },
  )
})

test('replicas can be waited for only where the queue is on Redis', () => {
  assert.throws(
    () => readConfig({ QUEUE_REPLICAS_MIN: '1', QUEUE_URL: 'postgres://h/d' }),
    /QUEUE_REPLICAS_MIN .*synchronous_standby_names/,
  )
})

test('no error shows a secret', () => {
  const secret = 'hunter2 is not URL-safe'
  for (const name of ['PLAYTRACE_WRITE_KEY', 'DATABASE_URL', 'QUEUE_URL']) {
    assert.throws(
      () => readConfig({ [name]: secret }),
      (error: Error) => !error.message.includes('hunter2'),
    )
  }
})
