// What JSON can say and PostgreSQL's jsonb cannot hold, found in the text: parsed, a number would have lost it already.
import { NUMBER_DECIMALS_MAX, NUMBER_EXPONENT_MAX, PROPERTIES_BYTES_MAX } from '../contract/limits.ts'

/** In valid UTF-8 only an escape can spell what jsonb refuses, and in valid JSON backslashes stand only in strings. */
export function hasUnstorableEscape(json: string): boolean {
  if (!json.includes('\\u')) return false
  let highEndsAt = -1
  for (const match of json.matchAll(/\\(?:u([0-9a-fA-F]{4})|[^u])/g)) {
    const code = match[1] === undefined ? -1 : Number.parseInt(match[1], 16)
    const isLow = code >= 0xdc00 && code <= 0xdfff
    const followsHigh = highEndsAt === match.index
    if (code === 0 || isLow !== followsHigh) return true
    if (highEndsAt !== -1 && !followsHigh) return true
    highEndsAt = code >= 0xd800 && code <= 0xdbff ? match.index + 6 : -1
  }
  return highEndsAt !== -1
}

/** Strings are matched so that digits inside them are not taken for numbers. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?/g
/** Few texts have one, or are long enough for too many decimals with a smaller one: the rest is spared the walk. */
const LARGE_EXPONENT = /\d[eE][+-]?\d{2}/
const SMALL_EXPONENT_MAX = 9

export function hasUnstorableNumber(json: string): boolean {
  if (json.length <= NUMBER_DECIMALS_MAX - SMALL_EXPONENT_MAX && !LARGE_EXPONENT.test(json)) return false
  let digits = 0
  for (const [, decimals = '', exponentText = '0'] of json.matchAll(STRING_OR_NUMBER)) {
    const exponent = Number(exponentText)
    if (Math.abs(exponent) > NUMBER_EXPONENT_MAX) return true
    if (decimals.length - exponent > NUMBER_DECIMALS_MAX) return true
    // jsonb writes every number out: a few bytes for each digit that was spared in sending.
    digits += Math.abs(exponent)
    if (digits > PROPERTIES_BYTES_MAX) return true
  }
  return false
}
