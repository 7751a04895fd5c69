// Formats numbers, money and times in the browser's language. Days and times are in UTC, as in the API.
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const decimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 })
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })
const change = new Intl.NumberFormat(undefined, {
  style: 'percent',
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
})
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const longDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })
const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', timeZone: 'UTC' })
const hour = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

/** Shown instead of a value that does not exist. */
export const NOTHING = '–'

const ifThere = (show: (value: number) => string) => (value: number | null | undefined) =>
  value === null || value === undefined || Number.isNaN(value) ? NOTHING : show(value)

export const showCount = ifThere((value) => whole.format(value))
export const showDecimal = ifThere((value) => decimal.format(value))
export const showCompact = ifThere((value) => compact.format(value))
export const showShare = ifThere((value) => percent.format(value))
export const showChange = ifThere((value) => change.format(value))

const UNITS: [string, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** Uses the largest unit in which the value is at least 2: 90 seconds are shown as seconds. */
export const showSeconds = ifThere((seconds) => {
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= 2 * size) ?? ['second', 1]
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(seconds / length)
})

const parts = (text: string) => new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
const dated = (format: Intl.DateTimeFormat) => (text: string | null | undefined) =>
  text ? format.format(parts(text)) : NOTHING

export const showDay = dated(day)
export const showLongDay = dated(longDay)
export const showTime = dated(time)
export const showClock = dated(clock)
export const showHour = dated(hour)

/** Formats minor units with the currency's number of digits. A mean, such as ARPDAU, has two digits more. */
export function showMoney(
  amountMinor: number | null | undefined,
  currency: string,
  style: 'full' | 'compact' | 'mean' = 'full',
) {
  if (amountMinor === null || amountMinor === undefined) return NOTHING
  try {
    const money = { style: 'currency', currency } as const
    const digits = new Intl.NumberFormat(undefined, money).resolvedOptions().maximumFractionDigits ?? 2
    const more = {
      full: {},
      compact: { notation: 'compact' },
      mean: { maximumFractionDigits: digits + 2 },
    } as const
    return new Intl.NumberFormat(undefined, { ...money, ...more[style] }).format(amountMinor / 10 ** digits)
  } catch {
    // A game may send a currency code that Intl does not accept.
    return `${whole.format(amountMinor)} ${currency}`
  }
}
