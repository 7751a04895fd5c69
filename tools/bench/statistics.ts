// The few statistics that the tables are made of.

/** Of an even number the mean of the two in the middle; NaN of nothing, or where one is NaN. */
export function median(numbers: number[]): number {
  const sorted = Float64Array.from(numbers).sort()
  const middle = sorted.length / 2
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return numbers.some(Number.isNaN) ? Number.NaN : ((below ?? Number.NaN) + (above ?? Number.NaN)) / 2
}

/** Of the nearest rank; NaN of nothing. */
export function quantile(numbers: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(numbers).sort()
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
