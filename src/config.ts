// Reads the environment variables and their defaults. Only bin/ and commands/ use this; all other code receives arguments.
import { existsSync } from 'node:fs'
import { isIP } from 'node:net'

/** The variables with their defaults, which .env.example and docs/configuration.md repeat. '' means absent. */
export const VARIABLES = {
  DATABASE_URL: '',
  QUEUE_URL: '',
  PLAYTRACE_DATA_DIR: '.playtrace',
  EMBEDDED_POSTGRES_PORT: '',
  HOST: '127.0.0.1',
  PORT: '3000',
  WORKER_PORT: '',
  PLAYTRACE_WRITE_KEY: '',
  PLAYTRACE_ADMIN_KEY: '',
  API_PROCESSES: '1',
  WORKER_PROCESSES: '1',
  REQUIRE_DURABLE: '0',
  QUEUE_REPLICAS_MIN: '0',
  API_DATABASE_CONNECTIONS_MAX: '5',
  WORKER_DATABASE_CONNECTIONS_MAX: '4',
  QUEUE_CONNECTIONS_MAX: '4',
  TRUST_PROXY: '',
  ALLOWED_HOSTS: '',
  RATE_LIMIT_PER_ADDRESS: '60000',
  RATE_LIMIT_PER_KEY: '600000',
  BUDGET_BYTES_PER_ADDRESS: '2147483648',
  BUDGET_EVENTS_PER_ADDRESS: '5000000',
  BUDGET_BYTES_PER_GAME: '429496729600',
  BUDGET_EVENTS_PER_GAME: '1000000000',
  BACKLOG_BATCHES_MAX: '100000',
  BACKLOG_BYTES_MAX: '10737418240',
  DISK_FREE_BYTES_MIN: '',
  LOG_LEVEL: 'info',
  SHUTDOWN_TIMEOUT_MS: '10000',
  SHUTDOWN_DELAY_MS: '0',
  QUARANTINE_DAYS: '90',
  QUARANTINE_EVENTS_MAX: '1000000',
  QUARANTINE_BYTES_MAX: '1073741824',
} as const

type Variable = keyof typeof VARIABLES

/** A mistake that the user can fix. The command prints its message without a stack. */
export class ConfigError extends Error {}

export type Config = ReturnType<typeof readConfig>

/** @throws ConfigError with a line for each wrong variable: its name, the values it accepts and its value */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const read = reader(environment)
  const { text, value, whole, optional, problems } = read
  const config = {
    /** If absent, the embedded PostgreSQL in `dataDir` is used. */
    databaseUrl: optional('DATABASE_URL', postgresUrl),
    /** If absent, the queue is in the database. */
    queueUrl: optional('QUEUE_URL', queueUrl),
    dataDir: text('PLAYTRACE_DATA_DIR'),
    /** The port of the embedded PostgreSQL on 127.0.0.1. If absent, only a Unix socket leads to it. */
    embeddedPostgresPort: optional('EMBEDDED_POSTGRES_PORT', wholeNumber(1, 65_535)),
    host: text('HOST'),
    port: whole('PORT', 0, 65_535),
    /** The port on which a separate worker serves /healthz, /readyz and /metrics. If absent, it serves nothing. */
    workerPort: optional('WORKER_PORT', wholeNumber(0, 65_535)),
    /** The write key of the game `demo`. If absent, `start` generates one. */
    writeKey: optional('PLAYTRACE_WRITE_KEY', chosenKey),
    /** The admin key of the game `demo`. If absent, `start` generates one. */
    adminKey: optional('PLAYTRACE_ADMIN_KEY', chosenKey),
    apiProcesses: whole('API_PROCESSES', 1, 64),
    workerProcesses: whole('WORKER_PROCESSES', 1, 64),
    /** Refuse to start if a setting of the database or the queue can lose acknowledged events. */
    requireDurable: value('REQUIRE_DURABLE', oneOf(['0', '1'])) === '1',
    /** An enqueue waits until this many replicas of Redis have the batch. */
    queueReplicasMin: whole('QUEUE_REPLICAS_MIN', 0, 100),
    /** The reading routes and the keys of one API process use them. Sending uses none. */
    apiDatabaseConnectionsMax: whole('API_DATABASE_CONNECTIONS_MAX', 1, CONNECTIONS_MAX),
    /** The concurrent write transactions, the rollups and the hourly upkeep of one worker share them. */
    workerDatabaseConnectionsMax: whole('WORKER_DATABASE_CONNECTIONS_MAX', 2, CONNECTIONS_MAX),
    /** The connections of one process to PostgreSQL for enqueueing. */
    queueConnectionsMax: whole('QUEUE_CONNECTIONS_MAX', 1, CONNECTIONS_MAX),
    /** The proxies whose X-Forwarded-For is believed. If absent, none. */
    trustProxy: optional('TRUST_PROXY', proxies),
    /** The host names by which the reading routes and the dashboard answer, besides localhost and addresses. Absent: any. */
    allowedHosts: optional('ALLOWED_HOSTS', hostNames) ?? (isLoopback(text('HOST')) ? [] : undefined),
    ...readLimits(read),
    logLevel: value('LOG_LEVEL', oneOf(LOG_LEVELS)),
    isLogLevelSet: Boolean(environment['LOG_LEVEL']?.trim()),
    shutdownTimeoutMs: whole('SHUTDOWN_TIMEOUT_MS', 100, 600_000),
    /** After a signal, a process answers this long that it is not ready, and only then stops accepting connections. */
    shutdownDelayMs: whole('SHUTDOWN_DELAY_MS', 0, 600_000),
  }
  if (config.writeKey !== undefined && config.writeKey === config.adminKey)
    problems.push(
      'PLAYTRACE_WRITE_KEY and PLAYTRACE_ADMIN_KEY must be different, because the write key ships in the game.',
    )
  if (config.queueReplicasMin > 0 && !config.queueUrl?.startsWith('redis'))
    problems.push(
      'QUEUE_REPLICAS_MIN is only for a queue on Redis. On PostgreSQL, set synchronous_standby_names in the server.',
    )
  if (problems.length > 0) throw new ConfigError(problems.join('\n'))
  return config
}

type Reader = ReturnType<typeof reader>

/** The functions that read one variable. They note each problem, so that a person sees all of them at once. */
function reader(environment: NodeJS.ProcessEnv) {
  const problems: string[] = []
  const text = (name: Variable) => environment[name]?.trim() || VARIABLES[name]
  const value = <T>(name: Variable, read: (name: Variable, text: string) => T): T => {
    try {
      return read(name, text(name))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      problems.push(error.message)
      return undefined as T // readConfig throws at its end
    }
  }
  return {
    problems,
    text,
    value,
    whole: (name: Variable, min: number, max: number) => value(name, wholeNumber(min, max)),
    /** Absent: undefined. */
    optional: <T>(name: Variable, read: (name: Variable, text: string) => T) =>
      text(name) === '' ? undefined : value(name, read),
  }
}

function readLimits({ whole, optional }: Reader) {
  return {
    /** Requests per minute from one address. 0 means no limit. */
    rateLimitPerAddress: whole('RATE_LIMIT_PER_ADDRESS', 0, COUNT_MAX),
    /** Requests per minute with one key. 0 means no limit. */
    rateLimitPerKey: whole('RATE_LIMIT_PER_KEY', 0, COUNT_MAX),
    /** What one write key may send from one address in a day, and what one game may send. 0 means no limit. */
    budgetPerAddress: {
      bytes: whole('BUDGET_BYTES_PER_ADDRESS', 0, BYTES_MAX),
      events: whole('BUDGET_EVENTS_PER_ADDRESS', 0, BYTES_MAX),
    },
    budgetPerGame: {
      bytes: whole('BUDGET_BYTES_PER_GAME', 0, BYTES_MAX),
      events: whole('BUDGET_EVENTS_PER_GAME', 0, BYTES_MAX),
    },
    /** Events are refused while more batches than this wait in the queue. 0 means no limit. */
    backlogBatchesMax: whole('BACKLOG_BATCHES_MAX', 0, COUNT_MAX),
    /** Events are refused while the queue is larger than this. 0 means no limit. */
    backlogBytesMax: whole('BACKLOG_BYTES_MAX', 0, BYTES_MAX),
    /** Events are refused while the disk of the embedded database has less free space. 0 means no limit. If absent, the
     * limit is 512 MiB, or a twentieth of the disk if that is less. */
    diskFreeBytesMin: optional('DISK_FREE_BYTES_MIN', wholeNumber(0, BYTES_MAX)),
    /** How many days a rejected event is kept. */
    quarantineDays: whole('QUARANTINE_DAYS', 1, 36_500),
    /** How many rejected events of one game are kept. */
    quarantineEventsMax: whole('QUARANTINE_EVENTS_MAX', 1, COUNT_MAX),
    /** How many bytes of rejected events of one game are kept. */
    quarantineBytesMax: whole('QUARANTINE_BYTES_MAX', 1, BYTES_MAX),
  }
}

const COUNT_MAX = 1_000_000_000
const CONNECTIONS_MAX = 1_000
const BYTES_MAX = 2 ** 50
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

function wholeNumber(min: number, max: number) {
  return (name: Variable, text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= min && number <= max) return number
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}; it is ${JSON.stringify(text)}.`)
  }
}

/** @returns the number of proxies before the API, or their addresses */
function proxies(name: Variable, text: string): number | string {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  const isAddress = (one: string) => {
    const [address = '', bits, ...rest] = one.trim().split('/')
    const bitsMax = isIP(address) === 4 ? 32 : 128
    const isMask = bits === undefined || (/^\d+$/.test(bits) && Number(bits) >= 1 && Number(bits) <= bitsMax)
    return isIP(address) > 0 && isMask && rest.length === 0
  }
  if (text.split(',').every(isAddress)) return text
  throw new ConfigError(
    `${name} must be the number of proxies before the API, or their addresses or CIDRs with commas; it is ${JSON.stringify(text)}.`,
  )
}

/** A server that listens on a network is answered by any name, because its names are not known. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function hostNames(name: Variable, text: string): string[] {
  const names = text.split(',').map((one) => one.trim().toLowerCase())
  if (names.every((one) => /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(one))) return names
  throw new ConfigError(
    `${name} must be host names with commas, without a scheme and a port; it is ${JSON.stringify(text)}.`,
  )
}

function oneOf(choices: string[]) {
  return (name: Variable, text: string): string => {
    if (choices.includes(text)) return text
    throw new ConfigError(`${name} must be one of ${choices.join(', ')}; it is ${JSON.stringify(text)}.`)
  }
}

function queueUrl(name: Variable, text: string): string {
  if (/^rediss?:\/\//.test(text) && URL.canParse(text)) return text
  if (/^postgres(ql)?:\/\//.test(text)) return postgresUrl(name, text)
  throw new ConfigError(
    `${name} must be a valid URL that begins with postgres:// or postgresql:// or redis:// or rediss://.`,
  )
}

const TLS_MODES = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify']

/**
 * Reads a URL as libpq does: a host may be absent (a socket), and `sslmode=require` encrypts without verifying the server.
 * @see https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
function postgresUrl(name: Variable, text: string): string {
  const hosts = /^[^/]*\/\/(?:[^/?]*@)?([^/?]*)/.exec(text)?.[1] ?? ''
  if (hosts.includes(',') || /[?&]host=[^&]*(,|%2C)/i.test(text))
    throw new ConfigError(
      `${name} must be a URL with one host; it has several. Name a proxy, a virtual address or a DNS name that leads to the primary.`,
    )
  // The standard of URLs knows no user without a host, and PostgreSQL does.
  const withHost = text.replace('@/', '@socket/')
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(withHost))
    throw new ConfigError(
      `${name} must be a valid URL that begins with postgres:// or postgresql://. Percent-encode special characters of the password, such as %23 for #.`,
    )
  const { searchParams } = new URL(withHost)
  for (const file of ['sslrootcert', 'sslcert', 'sslkey']) {
    const path = searchParams.get(file)
    if (path === 'system')
      throw new ConfigError(
        `${name} must be a URL without ${file}=system. Playtrace uses the public certificate authorities by default. For a private one, set sslrootcert to its file.`,
      )
    if (path !== null && !existsSync(path))
      throw new ConfigError(`${name} must be a URL whose ${file} is a file; ${path} does not exist.`)
  }
  if (searchParams.has('options'))
    throw new ConfigError(
      `${name} must be a URL without options, because Playtrace sets options itself. Set yours with ALTER ROLE … SET.`,
    )
  const mode = searchParams.get('sslmode')
  if (mode === null) return text
  if (!TLS_MODES.includes(mode))
    throw new ConfigError(`${name} must be a URL whose sslmode is one of ${TLS_MODES.join(', ')}; it is ${mode}.`)
  if (mode === 'verify-ca' && !searchParams.has('sslrootcert'))
    throw new ConfigError(`${name} must be a URL with sslrootcert, because its sslmode is verify-ca.`)
  const isOfPg = mode === 'no-verify' || searchParams.has('uselibpqcompat')
  return isOfPg ? text : `${text}${LIBPQ_MEANING}`
}

/** The client library of Playtrace then reads `sslmode` as libpq does. */
const LIBPQ_MEANING = '&uselibpqcompat=true'

/** Returns the URL without the parameter that Playtrace adds for its client library. psql refuses it. */
export const urlForTools = (url: string) => url.replace(LIBPQ_MEANING, '')

/** A chosen key must be long enough that it cannot be guessed. */
function chosenKey(name: Variable, text: string): string {
  if (/^[A-Za-z0-9_-]{16,128}$/.test(text)) return text
  throw new ConfigError(`${name} must be 16 to 128 characters from A–Z, a–z, 0–9, _ and -.`)
}
