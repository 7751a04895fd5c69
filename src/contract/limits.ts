// The limits of the wire contract. Clients in the field rely on them: a release may raise a limit, and never lowers one.

export const REQUEST_EVENTS_MAX = 1_000
/** Bytes of a request's body as it travels, compressed or not. */
export const REQUEST_BYTES_MAX = 1024 * 1024
/** Bytes of a request's body once inflated; inflating stops there. */
export const REQUEST_INFLATED_BYTES_MAX = 8 * 1024 * 1024

export const NAME_LENGTH_MAX = 100
export const PLAYER_ID_LENGTH_MAX = 128
export const SESSION_ID_LENGTH_MAX = 128
export const APP_VERSION_LENGTH_MAX = 64
export const PLATFORM_LENGTH_MAX = 64

/** Bytes of `properties` as JSON text, as sent. */
export const PROPERTIES_BYTES_MAX = 32 * 1024
/** Levels of objects and arrays in `properties`, itself the first. */
export const PROPERTIES_DEPTH_MAX = 16

/** Decimals that PostgreSQL's numeric, and with it jsonb, can hold. */
export const NUMBER_DECIMALS_MAX = 16_383
/** Beyond what a double holds; jsonb writes 1e131071 as 131,072 digits, and numeric ends there. */
export const NUMBER_EXPONENT_MAX = 400

/** Two clocks that differ by no more than this are taken to agree: the rest is the request's time on the way. */
export const CLOCK_DIFFERENCE_MAX_MS = 60_000
/** A corrected time further ahead of `received_at` than this is not believed. */
export const CLOCK_AHEAD_MAX_MS = 24 * 60 * 60 * 1000
/** A corrected time before this is not believed: no client of today ran then. */
export const CLOCK_EARLIEST_MS = Date.UTC(2000, 0, 1)

/** Levels of a body. Far beyond what any event may have, and far below what makes JSON.parse slow and hungry. */
export const BODY_DEPTH_MAX = 20_000

/** How long an `event_id` is remembered for events that carry no time of their own. */
export const UNDATED_EVENT_MEMORY_DAYS = 31

export const PAGE_EVENTS_DEFAULT = 100
export const PAGE_EVENTS_MAX = 1_000

/** Seconds a client is told to wait after a 503. */
export const RETRY_AFTER_SECONDS = 2

/** Rejections that one request replays; the rest follows with its cursor. */
export const REPLAY_EVENTS_MAX = 1_000
export const REPLAY_BYTES_MAX = 8 * 1024 * 1024
/** Groups of the quarantine that are shown, largest first, and rejections that stand for each. */
export const REJECTION_GROUPS_MAX = 100
export const REJECTION_SAMPLES = 3
