// How long a property is tried within `npm test`: bounded in time, so that a busy machine tries less rather than waits.
// A failure prints its seed and path; `npm run fuzz` tries for longer.
export const SHORT_RUN = { numRuns: 300, interruptAfterTimeLimit: 1_000 }
