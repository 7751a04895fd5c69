// Finds JSON that PostgreSQL's jsonb cannot store. It searches the text, because parsing would change numbers.
import { NUMBER_DECIMALS_MAX, NUMBER_EXPONENT_MAX, PROPERTIES_BYTES_MAX } from '../contract/limits.ts'

/** Returns true if a string contains \u0000 or half of a surrogate pair. In valid UTF-8, only an escape can write them. */
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

/** It matches strings too, so that digits inside strings are not read as numbers. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?/g
/** A text that has no such exponent and is short enough cannot contain an unstorable number. Most texts are of this kind. */
const LARGE_EXPONENT = /\d[eE][+-]?\d{2}/
const SMALL_EXPONENT_MAX = 9

export function hasUnstorableNumber(json: string): boolean {
  if (json.length <= NUMBER_DECIMALS_MAX - SMALL_EXPONENT_MAX && !LARGE_EXPONENT.test(json)) return false
  let digits = 0
  for (const [, decimals = '', exponentText = '0'] of json.matchAll(STRING_OR_NUMBER)) {
    const exponent = Number(exponentText)
    if (Math.abs(exponent) > NUMBER_EXPONENT_MAX) return true
    if (decimals.length - exponent > NUMBER_DECIMALS_MAX) return true
    // jsonb stores every digit of a number that was sent with an exponent.
    digits += Math.abs(exponent)
    if (digits > PROPERTIES_BYTES_MAX) return true
  }
  return false
}
