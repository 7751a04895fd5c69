// The few statistics that the tables are made of.

export function median(numbers: number[]): number {
  return quantile(numbers, 0.5)
}

/** Of the nearest rank; NaN of nothing. */
export function quantile(numbers: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(numbers).sort()
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
