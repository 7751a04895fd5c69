// Reproducible random numbers: the same seed and stream give the same draws on every machine and in every release.

/** The draws of one stream. */
export type Random = ReturnType<typeof randomStream>

/**
 * sfc32 by Chris Doty-Humphrey, of PractRand (public domain, https://pracrand.sourceforge.net): small, fast, passes
 * PractRand's own tests. Its seed has 96 bits, so every player has an independent stream, and the draws of one player never
 * depend on another.
 */
export function randomStream(seed: number, stream: number) {
  const next = sfc32(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, stream >>> 0)
  /** 0 ≤ x < 1, in steps of 2⁻³². */
  const fraction = () => next() / 2 ** 32
  return {
    fraction,
    chance: (probability: number) => fraction() < probability,
    /** A whole number, both ends included. */
    whole: (min: number, max: number) => min + Math.floor(fraction() * (max - min + 1)),
    /** An exponentially distributed number with that mean, such as the time until the next random event. */
    exponential: (mean: number) => -Math.log(1 - fraction()) * mean,
    /** A duration of human action: skewed around `median`, between 0.4 and 3 times the median. */
    around(median: number) {
      // The sum of six uniform draws is a bell curve (Irwin–Hall) with a standard deviation of √½.
      let sum = -3
      for (let draw = 0; draw < 6; draw++) sum += fraction()
      return median * Math.min(3, Math.max(0.4, Math.exp(sum * 0.5)))
    },
    /** One of the choices, with a probability in proportion to its `share`. */
    byShare<T extends { share: number }>(choices: readonly T[]): T {
      let left = fraction() * choices.reduce((sum, { share }) => sum + share, 0)
      for (const choice of choices) {
        left -= choice.share
        if (left < 0) return choice
      }
      // Reached only through rounding errors.
      const last = choices.at(-1)
      if (last === undefined) throw new Error('The list of choices is empty.')
      return last
    },
    bytes16: () => new Uint8Array(Uint32Array.of(next(), next(), next(), next()).buffer),
  }
}

const WARM_UP_DRAWS = 12

function sfc32(low: number, high: number, stream: number): () => number {
  let a = stream
  let b = high
  let c = low
  let counter = 1
  const next = () => {
    const result = (a + b + counter) >>> 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result
  }
  for (let draw = 0; draw < WARM_UP_DRAWS; draw++) next()
  return next
}
