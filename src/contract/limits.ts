// The limits of the wire contract. Clients in the field rely on them: a release may raise a limit, and never lowers one.

export const REQUEST_EVENTS_MAX = 1_000
/** Bytes of a request's body as it travels, compressed or not. */
export const REQUEST_BYTES_MAX = 1024 * 1024
/** Bytes of a request's body after decompression. Decompression stops at this limit. */
export const REQUEST_INFLATED_BYTES_MAX = 8 * 1024 * 1024

export const NAME_LENGTH_MAX = 100
export const PLAYER_ID_LENGTH_MAX = 128
export const SESSION_ID_LENGTH_MAX = 128
export const APP_VERSION_LENGTH_MAX = 64
export const PLATFORM_LENGTH_MAX = 64

/** Bytes of one event as JSON text, as sent. */
export const EVENT_BYTES_MAX = 64 * 1024
/** Bytes of `properties` as JSON text, without white space between its parts. */
export const PROPERTIES_BYTES_MAX = 32 * 1024
/** Levels of objects and arrays in `properties`. The object itself is the first level. */
export const PROPERTIES_DEPTH_MAX = 16

/** Characters of a time in RFC 3339, with all its decimals. */
export const TIME_LENGTH_MAX = 64
/** Lines of an NDJSON body, blank ones included. */
export const REQUEST_LINES_MAX = 10 * REQUEST_EVENTS_MAX

/** Decimals that PostgreSQL's types numeric and jsonb can store. */
export const NUMBER_DECIMALS_MAX = 16_383
/** A double needs at most 324. jsonb stores each digit, so it stores 1e131071 as 131,072 digits. */
export const NUMBER_EXPONENT_MAX = 400

/** Clocks that differ by no more than this count as equal, because a request takes some time to arrive. */
export const CLOCK_DIFFERENCE_MAX_MS = 60_000
/** A corrected time that is later than `received_at` by more than this is not believed. */
export const CLOCK_AHEAD_MAX_MS = 24 * 60 * 60 * 1000

/** Days for which the `event_id` of an event without a time of its own is remembered. */
export const UNDATED_EVENT_MEMORY_DAYS = 31

/** Days for which the time at which a batch was stored is kept. */
export const BATCH_MEMORY_DAYS = 31

/** Days after which a session of the dashboard ends. */
export const SESSION_DAYS = 30

export const PAGE_EVENTS_DEFAULT = 100
export const PAGE_EVENTS_MAX = 1_000

/** The `Retry-After` of a 503, in seconds. */
export const RETRY_AFTER_SECONDS = 2

/** Rejections that one request replays. A further request with the cursor replays the rest. */
export const REPLAY_EVENTS_MAX = 1_000
export const REPLAY_BYTES_MAX = 8 * 1024 * 1024
/** Groups of rejections in an answer, and example rejections of each group. */
export const REJECTION_GROUPS_MAX = 100
export const REJECTION_SAMPLES = 3
