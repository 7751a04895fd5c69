// Compares numbers by the digits that were sent. PostgreSQL stores every digit, and a double may round them: JSON.parse makes
// 200 of 199.99999999999999999, which is no whole number.

/** A number with all its digits: `digits` × 10^-`decimals`. */
export interface ExactNumber {
  digits: bigint
  decimals: number
}

const NUMBER = /^(-?\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** @param json is the text of a number whose exponent is within ±NUMBER_EXPONENT_MAX */
export function exactNumber(json: string): ExactNumber {
  const [, whole = '0', fraction = '', exponent = '0'] = NUMBER.exec(json) ?? []
  const decimals = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return decimals < 0 ? { digits: digits * 10n ** BigInt(-decimals), decimals: 0 } : { digits, decimals }
}

export function isWhole({ digits, decimals }: ExactNumber): boolean {
  return digits % 10n ** BigInt(decimals) === 0n
}

/** Returns a number below, equal to or above 0, as `number` is below, equal to or above `limit`. */
export function compare({ digits, decimals }: ExactNumber, limit: number): number {
  const other = exactNumber(String(limit))
  const difference = digits * 10n ** BigInt(other.decimals) - other.digits * 10n ** BigInt(decimals)
  return difference < 0n ? -1 : Number(difference > 0n)
}

/** JSON.parse does not round a number with fewer digits, unless it becomes 0 or infinite. */
const MANY_DIGITS = /[\d.]{16}/

export const hasManyDigits = (json: string): boolean => MANY_DIGITS.test(json)

export const isExtreme = (value: number): boolean => value === 0 || !Number.isFinite(value)

/** Whether the text is exactly this whole number. */
export function isExactly(json: string, value: number): boolean {
  if (!hasManyDigits(json) && !isExtreme(value)) return true
  const exact = exactNumber(json)
  return isWhole(exact) && compare(exact, value) === 0
}
