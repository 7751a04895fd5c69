// What keeps a busy process small, for everyone who starts an API or a worker. The Dockerfile says the same.

/** V8's young generation: by default it grows to three times 16 MiB, which short-lived requests fill before it is cleaned. */
export const MEMORY_FLAGS = ['--max-semi-space-size=16']

/** glibc keeps what is freed for each thread apart; inflating and compressing run on several. */
export const MEMORY_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' }
