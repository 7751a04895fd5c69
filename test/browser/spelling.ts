// Formats figures as the screen must show them in American English. It does not use the dashboard's own code, so that the tests
// find a wrong format, such as yen divided by 100.
const DIGITS: Record<string, number> = { JPY: 0 }
const SIGNS: Record<string, string> = { USD: '$', EUR: '€', GBP: '£', JPY: '¥' }
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export type Figure = number | null

/** 12,345 */
export const count = (value: Figure) => (value === null ? '–' : String(value).replaceAll(/\B(?=(\d{3})+$)/g, ','))

/** $1,234.50 from 123450 */
export const money = (minor: number, currency: string) => amount(minor, currency, 0)

/** $1,234.505 from 123450.5: up to two digits more. */
export const meanMoney = (minor: number, currency: string) => amount(minor, currency, 2)

function amount(minor: number, currency: string, moreDigits: number): string {
  const digits = DIGITS[currency] ?? 2
  const [whole = '', part = ''] = rounded(Math.abs(minor) / 10 ** digits, digits + moreDigits).split('.')
  const padded = part.padEnd(digits, '0')
  return `${minor < 0 ? '-' : ''}${SIGNS[currency]}${whole}${padded && `.${padded}`}`
}

/** 12.3% from 0.1234, and 12% from 0.12 */
export const share = (value: Figure) => (value === null ? '–' : `${rounded(value * 100, 1)}%`)

/** 1.23 */
export const decimal = (value: Figure) => (value === null ? '–' : rounded(value, 2))

/** Nov 5 */
export function day(text: string): string {
  const [, month, date] = text.split('-').map(Number)
  return `${MONTHS[(month ?? 1) - 1]} ${date}`
}

/** Nov 5, 2026 */
export const longDay = (text: string) => `${day(text.slice(0, 10))}, ${text.slice(0, 4)}`

/** Nov 5, 2026, 3:04:05 PM, of a time in UTC */
export function time(text: string): string {
  const at = new Date(text)
  const [hour, minute, second] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]
  const two = (value: number) => String(value).padStart(2, '0')
  return `${longDay(at.toISOString())}, ${hour % 12 || 12}:${two(minute)}:${two(second)} ${hour < 12 ? 'AM' : 'PM'}`
}

/** 90 sec, 2.5 min, 3 hr, 2 days: the largest unit in which the value is at least 2. */
export function seconds(value: Figure): string {
  if (value === null) return '–'
  if (value >= 172_800) return `${rounded(value / 86_400, 1)} days`
  if (value >= 7_200) return `${rounded(value / 3_600, 1)} hr`
  if (value >= 120) return `${rounded(value / 60, 1)} min`
  return `${rounded(value, 1)} sec`
}

const rounded = (value: number, decimals: number) => {
  // toPrecision corrects halves that a double stores slightly too low.
  const text = (Math.round(Number((value * 10 ** decimals).toPrecision(14))) / 10 ** decimals).toFixed(decimals)
  const [whole = '', part = ''] = text.split('.')
  const trimmed = part.replace(/0+$/, '')
  return `${count(Number(whole))}${trimmed && `.${trimmed}`}`
}
