// Settings that limit the memory of API and worker processes. The Dockerfile repeats them.

/**
 * Limit of V8's young generation, in MiB. Without a limit, an API takes 310 to 350 MB at its peak. With 16 MiB it takes
 * 255 MB at the same throughput. With 4 MiB, garbage collection costs a fifth of the throughput.
 */
const YOUNG_MIB = 16

/**
 * How far the old generation may grow between two full collections, in percent of what survived the first. Without a
 * limit, it grows several times over on a large machine: an API that receives a million events takes 313 MB. With 120 %
 * it takes 240 MB at 4 % less throughput, and with 30 % it takes 206 MB at 18 % less.
 */
const OLD_GROWTH_PERCENT = 120

export const MEMORY_FLAGS = [`--max-semi-space-size=${YOUNG_MIB}`, `--heap-growing-percent=${OLD_GROWTH_PERCENT}`]

/** glibc keeps freed memory in arenas per thread. Compression runs on several threads, so fewer arenas waste less memory. */
export const MEMORY_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' }
