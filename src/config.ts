// Every variable that Playtrace reads, with its default. Only commands/ calls this; everything else gets arguments.

export interface Config {
  /** Absent: the embedded PostgreSQL in `dataDir`. */
  databaseUrl: string | undefined
  /** Absent: the database carries the queue too. */
  queueUrl: string | undefined
  dataDir: string
  host: string
  port: number
  /** Where a worker of its own shows /healthz, /readyz and /metrics; absent: nowhere. */
  workerPort: number | undefined
  /** Keys of the game `demo`, where they are not generated. */
  writeKey: string | undefined
  adminKey: string | undefined
  apiProcesses: number
  workerProcesses: number
  /** Refuse to start where a setting of a store weakens the promise. */
  requireDurable: boolean
  /** Requests a minute; 0: no limit. */
  rateLimitPerAddress: number
  rateLimitPerKey: number
  /** Past them no more events are taken; 0: no limit. */
  backlogBatchesMax: number
  backlogBytesMax: number
  /** Of the embedded database's disk; 0: it is not looked at; absent: 512 MiB, or a twentieth where that is less. */
  diskFreeBytesMin: number | undefined
  logLevel: string
  shutdownTimeoutMs: number
  /** For how long a rejected event is kept, and how many of one game's, and of how many bytes, at most. */
  quarantineDays: number
  quarantineEventsMax: number
  quarantineBytesMax: number
}

/** The variables by name with their defaults, as .env.example and docs/configuration.md list them; '' means absent. */
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

/** A variable that cannot be used as it is set: its message is for the person who set it. */
export class ConfigError extends Error {}

/** @throws ConfigError naming the variable and what it takes */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const text = (name: Variable) => environment[name]?.trim() || VARIABLES[name]
  const count = (name: Variable) => whole(name, text(name), 0, 1_000_000_000)
  const bytes = (name: Variable) => whole(name, text(name), 0, 2 ** 50)
  const optional = (name: Variable) => text(name) || undefined
  if (
    optional('PLAYTRACE_WRITE_KEY') &&
    optional('PLAYTRACE_WRITE_KEY') === optional('PLAYTRACE_ADMIN_KEY')
  ) {
    throw new ConfigError(
      'PLAYTRACE_WRITE_KEY and PLAYTRACE_ADMIN_KEY must differ: the write key ships with the game.',
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
    `${name} must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}.`,
  )
}

/** A key that a person chose is held to the length that guessing needs. */
function key(name: Variable, text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9_-]{16,128}$/.test(text)) return text
  throw new ConfigError(`${name} must be 16 to 128 characters from A–Z, a–z, 0–9, _ and -.`)
}
