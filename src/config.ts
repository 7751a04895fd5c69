// Reads the environment variables and their defaults. Only bin/ and commands/ use this; all other code receives arguments.

export interface Config {
  /** If absent, the embedded PostgreSQL in `dataDir` is used. */
  databaseUrl: string | undefined
  /** If absent, the queue is in the database. */
  queueUrl: string | undefined
  dataDir: string
  host: string
  port: number
  /** The port on which a separate worker serves /healthz, /readyz and /metrics. If absent, it serves nothing. */
  workerPort: number | undefined
  /** The write key of the game `demo`. If absent, `start` generates one. */
  writeKey: string | undefined
  /** The admin key of the game `demo`. If absent, `start` generates one. */
  adminKey: string | undefined
  apiProcesses: number
  workerProcesses: number
  /** Refuse to start if a setting of the database or the queue can lose acknowledged events. */
  requireDurable: boolean
  /** Requests per minute from one address. 0 means no limit. */
  rateLimitPerAddress: number
  /** Requests per minute with one key. 0 means no limit. */
  rateLimitPerKey: number
  /** Events are refused while more batches than this wait in the queue. 0 means no limit. */
  backlogBatchesMax: number
  /** Events are refused while the queue is larger than this. 0 means no limit. */
  backlogBytesMax: number
  /** Events are refused while the disk of the embedded database has less free space. 0 means no limit. If absent, the limit
   * is 512 MiB, or a twentieth of the disk if that is less. */
  diskFreeBytesMin: number | undefined
  logLevel: string
  /** False if `logLevel` is the default. */
  isLogLevelSet: boolean
  shutdownTimeoutMs: number
  /** How many days a rejected event is kept. */
  quarantineDays: number
  /** How many rejected events of one game are kept. */
  quarantineEventsMax: number
  /** How many bytes of rejected events of one game are kept. */
  quarantineBytesMax: number
}

/** The variables with their defaults, which .env.example and docs/configuration.md repeat. '' means absent. */
export const VARIABLES = {
  DATABASE_URL: '',
  QUEUE_URL: '',
  PLAYTRACE_DATA_DIR: '.playtrace',
  HOST: '127.0.0.1',
  PORT: '3000',
  WORKER_PORT: '',
  PLAYTRACE_WRITE_KEY: '',
  PLAYTRACE_ADMIN_KEY: '',
  API_PROCESSES: '1',
  WORKER_PROCESSES: '1',
  REQUIRE_DURABLE: '0',
  RATE_LIMIT_PER_ADDRESS: '60000',
  RATE_LIMIT_PER_KEY: '600000',
  BACKLOG_BATCHES_MAX: '100000',
  BACKLOG_BYTES_MAX: '10737418240',
  DISK_FREE_BYTES_MIN: '',
  LOG_LEVEL: 'info',
  SHUTDOWN_TIMEOUT_MS: '10000',
  QUARANTINE_DAYS: '90',
  QUARANTINE_EVENTS_MAX: '1000000',
  QUARANTINE_BYTES_MAX: '1073741824',
} as const

type Variable = keyof typeof VARIABLES

/** A mistake that the user can fix. The command prints its message without a stack. */
export class ConfigError extends Error {}

/** @throws ConfigError with the name of the variable, its value and the values it accepts */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const isSet = (name: Variable) => Boolean(environment[name]?.trim())
  const text = (name: Variable) => environment[name]?.trim() || VARIABLES[name]
  const count = (name: Variable) => whole(name, text(name), 0, 1_000_000_000)
  const bytes = (name: Variable) => whole(name, text(name), 0, 2 ** 50)
  const optional = (name: Variable) => text(name) || undefined
  if (
    optional('PLAYTRACE_WRITE_KEY') &&
    optional('PLAYTRACE_WRITE_KEY') === optional('PLAYTRACE_ADMIN_KEY')
  ) {
    throw new ConfigError(
      'PLAYTRACE_WRITE_KEY and PLAYTRACE_ADMIN_KEY must be different, because the write key ships in the game.',
    )
  }
  return {
    databaseUrl: url('DATABASE_URL', optional('DATABASE_URL'), ['postgres:', 'postgresql:']),
    queueUrl: url('QUEUE_URL', optional('QUEUE_URL'), ['postgres:', 'postgresql:', 'redis:', 'rediss:']),
    dataDir: text('PLAYTRACE_DATA_DIR'),
    host: text('HOST'),
    port: whole('PORT', text('PORT'), 0, 65_535),
    workerPort: text('WORKER_PORT') === '' ? undefined : whole('WORKER_PORT', text('WORKER_PORT'), 0, 65_535),
    writeKey: key('PLAYTRACE_WRITE_KEY', optional('PLAYTRACE_WRITE_KEY')),
    adminKey: key('PLAYTRACE_ADMIN_KEY', optional('PLAYTRACE_ADMIN_KEY')),
    apiProcesses: whole('API_PROCESSES', text('API_PROCESSES'), 1, 64),
    workerProcesses: whole('WORKER_PROCESSES', text('WORKER_PROCESSES'), 1, 64),
    requireDurable: oneOf('REQUIRE_DURABLE', text('REQUIRE_DURABLE'), ['0', '1']) === '1',
    rateLimitPerAddress: count('RATE_LIMIT_PER_ADDRESS'),
    rateLimitPerKey: count('RATE_LIMIT_PER_KEY'),
    backlogBatchesMax: count('BACKLOG_BATCHES_MAX'),
    backlogBytesMax: bytes('BACKLOG_BYTES_MAX'),
    diskFreeBytesMin:
      optional('DISK_FREE_BYTES_MIN') === undefined ? undefined : bytes('DISK_FREE_BYTES_MIN'),
    logLevel: oneOf('LOG_LEVEL', text('LOG_LEVEL'), LOG_LEVELS),
    isLogLevelSet: isSet('LOG_LEVEL'),
    shutdownTimeoutMs: whole('SHUTDOWN_TIMEOUT_MS', text('SHUTDOWN_TIMEOUT_MS'), 100, 600_000),
    quarantineDays: whole('QUARANTINE_DAYS', text('QUARANTINE_DAYS'), 1, 36_500),
    quarantineEventsMax: whole('QUARANTINE_EVENTS_MAX', text('QUARANTINE_EVENTS_MAX'), 1, 1_000_000_000),
    quarantineBytesMax: whole('QUARANTINE_BYTES_MAX', text('QUARANTINE_BYTES_MAX'), 1, 1_000_000_000_000_000),
  }
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

function whole(name: Variable, text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new ConfigError(
    `${name} must be a whole number from ${min} to ${max}; it is ${JSON.stringify(text)}.`,
  )
}

function oneOf(name: Variable, text: string, choices: string[]): string {
  if (choices.includes(text)) return text
  throw new ConfigError(`${name} must be one of ${choices.join(', ')}; it is ${JSON.stringify(text)}.`)
}

function url(name: Variable, text: string | undefined, schemes: string[]): string | undefined {
  const isOne = (candidate: string) => schemes.some((scheme) => candidate.startsWith(`${scheme}//`))
  if (text === undefined || (URL.canParse(text) && isOne(text))) return text
  throw new ConfigError(
    `${name} must be a valid URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}.`,
  )
}

/** A chosen key must be long enough that it cannot be guessed. */
function key(name: Variable, text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9_-]{16,128}$/.test(text)) return text
  throw new ConfigError(`${name} must be 16 to 128 characters from A–Z, a–z, 0–9, _ and -.`)
}
