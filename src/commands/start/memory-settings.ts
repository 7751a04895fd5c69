// What keeps a busy process small, for everyone who starts an API or a worker. The Dockerfile says the same.

/** glibc keeps what is freed for each thread apart; inflating and compressing run on several. */
export const MEMORY_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' }
