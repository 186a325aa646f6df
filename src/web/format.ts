import { type Content, html, type Html } from './html.ts'
import { percent as inPercent } from '../core/base/percent.ts'
import { shownPosition } from '../core/base/order.ts'
import type { ReportInterval } from '../core/evaluation/report/report.ts'

export type Show = (value: number | null) => string

const SPACE = '\u00a0'
export const UNDEFINED = 'not defined'

/** `0.692`, with a true minus sign. @param digits after the point */
export function decimal(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return UNDEFINED
  const text = Math.abs(value).toFixed(digits)
  return value < 0 && Number(text) !== 0 ? `−${text}` : text
}

/** A share in percent, with a true minus sign. */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return UNDEFINED
  return inPercent(share).replace('-', '−')
}

export function count(value: number | null): string {
  return value === null ? UNDEFINED : Math.round(value).toLocaleString('en-GB')
}

export { counted } from '../core/base/counted.ts'

export function times(value: number | null): string {
  return value === null ? UNDEFINED : `${decimal(value, value >= 10 || value === 0 ? 0 : 1)}${SPACE}×`
}

export const two: Show = (value) => decimal(value, 2)
export const three: Show = (value) => decimal(value, 3)

/** For sentences: `0.692 (95% interval 0.651 to 0.730)`. */
export function inWords(interval: ReportInterval, show: Show): string {
  const { value, low, high } = interval
  if (value === null || low === null || high === null) return show(value)
  return `${show(value)} (95% interval ${show(low)} to ${show(high)})`
}

/** For cells: the figure above its interval. */
export function withInterval(interval: ReportInterval, show: Show, mark: Content = null): Html {
  const { value, low, high } = interval
  const range =
    low === null || high === null ? null : html` <span class="interval">${show(low)} to ${show(high)}</span>`
  return html`<span class="figure">${show(value)}${mark}</span>${range}`
}

/** `1 October 2024` for an ISO date or instant, `position 123` of rows without days; other text unchanged. */
export function day(text: string | null): string {
  if (text === null) return 'none'
  const position = shownPosition(text)
  if (position !== undefined) return position
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? []
  const name = MONTHS[Number(month) - 1]
  return name && year && date ? `${Number(date)} ${name} ${year}` : text
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** `a, b and c`. */
export { listed as list } from '../core/base/listed.ts'

/** Adds a capital at the start and a full stop at the end. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  const full = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
  return full.charAt(0).toUpperCase() + full.slice(1)
}

/** `mostly_unknown` as words. */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}
