// The error that storage throws when PostgreSQL fails. Its code says whether the database is away or the data is at fault.
//
// Errors arise in three places: in the pool (no connection), in a query, and in a transaction or stream over one connection.
// The functions that open these (`openDatabase`, `inTransaction`, `exportEvents`) translate whatever fails inside into a
// StorageError. They know that an error comes from PostgreSQL, which an error handler cannot see: pg reports a lost
// connection as a plain Error. So no caller translates, and none can forget to.
//
// Storage knows nothing of HTTP. The API's error handler (`api/server/errors.ts`) maps the codes to statuses and words for
// the client; the worker (`worker/store-batch.ts`) maps them to outcomes of a batch. The message and the cause are
// PostgreSQL's own: they are for the log and for operators, never for a client.
import pg from 'pg'
import { reasonOf } from '../../error-reason.ts'

export type StorageErrorCode =
  /** The database cannot be reached, shuts down, is full, or rolled back one of two conflicting transactions. A retry can succeed. */
  | 'DATABASE_AWAY'
  /**
   * The database is there, but not as this release needs it: a right, a table, a column or a schema is missing, or another
   * release has changed the schema. A person or a newer process solves this. No data is at fault.
   */
  | 'DATABASE_UNFIT'
  /**
   * The server ended the statement: it reached its time limit, or an administrator cancelled it. PostgreSQL reports both
   * as 57014 and differs only in the localized message, so that they are one code.
   */
  | 'QUERY_TIMEOUT'
  /** The database will never accept these rows. */
  | 'EVENTS_REFUSED'
  /** Anything else: a bug in Playtrace. */
  | 'STORAGE_FAILED'

export class StorageError extends Error {
  readonly code: StorageErrorCode

  constructor(cause: Error) {
    const needsMigration = (cause as Partial<pg.DatabaseError>).code === UNDEFINED_TABLE
    super(needsMigration ? `${reasonOf(cause)}. Run \`playtrace migrate\`` : reasonOf(cause), { cause })
    this.code = codeOf(cause)
  }
}

/** Classes of SQLSTATE, https://www.postgresql.org/docs/18/errcodes-appendix.html */
const AWAY_CLASSES = [
  '08', // connection exception
  '28', // invalid authorization: credentials are being changed
  '40', // transaction rollback: deadlock, serialization
  '53', // insufficient resources: disk full, memory, connections
  '55', // object not in prerequisite state: lock not available
  '57', // operator intervention: shutdown, crash, starting up
  '58', // system error: I/O
]
const REFUSED_CLASSES = [
  '21', // cardinality violation
  '22', // data exception
  '23', // integrity constraint violation
  '54', // program limit exceeded: a value too long for an index
]
/** Errors of the schema and its rights. The other errors of class 42 and 25 are bugs in Playtrace. */
const UNFIT_STATES = [
  '0A000', // feature not supported: a plan of before a migration
  '25P03', // idle in transaction session timeout
  '25P04', // transaction timeout
  '3D000', // invalid catalog name: the database does not exist
  '3F000', // invalid schema name
  '42501', // insufficient privilege
  '42703', // undefined column
  '42704', // undefined object
  '42804', // datatype mismatch: a column has another type
  '42883', // undefined function
  '42P01', // undefined table
]
/** 23514 without a constraint's name: the row's month was attached or dropped during the statement. A retry finds the partitions as they are. */
const CHECK_VIOLATION = '23514'
/** In class 57, but the server is not away: a retry would reach the time limit again. */
const QUERY_CANCELED = '57014'
/** A table of Playtrace is made by a migration. */
const UNDEFINED_TABLE = '42P01'
/** 25006: a fail-over has made the server a standby. */
const READ_ONLY_TRANSACTION = '25006'

/** These errors of the language are bugs in Playtrace. */
const DEFECTS = [TypeError, RangeError, ReferenceError, SyntaxError]

function codeOf(cause: Error): StorageErrorCode {
  if (cause instanceof pg.DatabaseError) {
    const sqlState = cause.code ?? ''
    const sqlClass = sqlState.slice(0, 2)
    if (sqlState === CHECK_VIOLATION && cause.constraint === undefined) return 'DATABASE_AWAY'
    if (sqlState === QUERY_CANCELED) return 'QUERY_TIMEOUT'
    if (AWAY_CLASSES.includes(sqlClass) || sqlState === READ_ONLY_TRANSACTION) return 'DATABASE_AWAY'
    if (UNFIT_STATES.includes(sqlState)) return 'DATABASE_UNFIT'
    return REFUSED_CLASSES.includes(sqlClass) ? 'EVENTS_REFUSED' : 'STORAGE_FAILED'
  }
  // All other errors of pg are the connection's: refused, reset, timed out, ended.
  return DEFECTS.some((defect) => cause instanceof defect) ? 'STORAGE_FAILED' : 'DATABASE_AWAY'
}

/** Returns the error itself if it is a StorageError already. */
export function storageErrorOf(error: unknown): StorageError {
  return error instanceof StorageError ? error : new StorageError(error as Error)
}
