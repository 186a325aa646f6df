import type { PlainFeature } from './specification.ts'
import type { FeatureValue } from './types.ts'

// Kept because creating a formatter costs more than the rest of a sentence.
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const ROUGH = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
/** "240 million": nobody compares nine digits at a glance. */
const LARGE = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  compactDisplay: 'long',
  maximumSignificantDigits: 3,
})
const FINE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })

/** What a feature's value says, in words a salesperson uses: "4 pricing page visits in the last 30 days". */
export function describeFeature(definition: PlainFeature, value: FeatureValue): string {
  const [one, many] = definition.noun
  if (value === null) return `${capitalised(many)}: unknown`
  switch (definition.measure) {
    case 'attribute':
      return `${capitalised(one)}: ${plainValue(value)}`
    case 'people_known':
      return counted(Number(value), one, many, definition.at_most)
    case 'roles_known':
      return `${share(Number(value), definition.roles.length)} ${many} known`
    case 'count':
    case 'people_engaged':
      return `${counted(Number(value), one, many, definition.at_most)} ${inLast(definition.window_days)}`
    case 'decayed_count':
      return `${rounded(Number(value))} ${many} ${inLast(definition.window_days)}, recent ones counting most`
    case 'days_since_last':
      return lastSeen(Number(value), one, definition.window_days)
    case 'trend':
    case 'intent_surge':
      return `${capitalised(many)} at ${rate(Number(value), "the account's")} ${inLast(definition.window_days)}`
    case 'roles_engaged':
      return `${share(Number(value), definition.roles.length)} ${many} engaged ${inLast(definition.window_days)}`
    case 'last_kind':
      return value === 'none'
        ? `No ${one} ${inLast(definition.window_days)}`
        : `Latest ${one}: ${String(value).replaceAll('_', ' ')}`
    case 'intent_strength':
      return Number(value) === 0
        ? `No ${many} ${inLast(definition.window_days)}`
        : `${capitalised(many)} ${STRENGTH_VERBS[definition.aggregate]} ${rounded(Number(value))} of 100 ${inLast(definition.window_days)}`
    case 'surging_topics':
      return `${counted(Number(value), one, many)} ${inLast(definition.window_days)}`
  }
}

/** The value alone, to stand beside another: "3", "12 days ago", "2 of 5". */
export function shortValue(definition: PlainFeature, value: FeatureValue): string {
  if (value === null) return 'unknown'
  switch (definition.measure) {
    case 'roles_known':
    case 'roles_engaged':
      return share(Number(value), definition.roles.length)
    case 'days_since_last':
      return daysAgo(Number(value), definition.window_days)
    case 'trend':
    case 'intent_surge':
      return rate(Number(value), 'its')
    case 'intent_strength':
      return `${rounded(Number(value))} of 100`
    case 'decayed_count':
      return rounded(Number(value))
    default:
      return plainValue(value)
  }
}

/** The change of a value: "2 more pricing page visits in the last 30 days (now 3)". */
export function describeDifference(definition: PlainFeature, before: FeatureValue, after: FeatureValue): string {
  const now = describeFeature(definition, after)
  if (before === null) return `${now} (was unknown)`
  if (after === null) return `${now} (was ${shortValue(definition, before)})`
  if (!isWholeCount(definition)) return `${now} (was ${shortValue(definition, before)})`
  const [one, many] = definition.noun
  const more = Number(after) - Number(before)
  if (definition.at_most === 1) return more > 0 ? `${now}, not before` : `${now} any more`
  const window = 'window_days' in definition ? ` ${inLast(definition.window_days)}` : ''
  const amount = `${WHOLE.format(Math.abs(more))} ${more > 0 ? 'more' : 'fewer'} ${Math.abs(more) === 1 ? one : many}`
  return `${amount}${window} (now ${WHOLE.format(Number(after))})`
}

type Counting = Extract<PlainFeature, { readonly measure: 'count' | 'people_known' | 'people_engaged' }>

function isWholeCount(definition: PlainFeature): definition is Counting {
  return ['count', 'people_known', 'people_engaged'].includes(definition.measure)
}

/** For a feature whose value is unknown: which fact is missing, or why there is none. */
export function describeUnknown(definition: PlainFeature): string {
  const [, many] = definition.noun
  if (definition.measure === 'attribute') return `We do not know their ${many}`
  if (!('window_days' in definition)) return `We do not know how many ${many} there are`
  return `Nobody has recorded ${many} for long enough to say what happened ${inLast(definition.window_days)}`
}

const STRENGTH_VERBS = { mean: 'averaged strength', max: 'reached strength', sum: 'added up to strength' } as const

function counted(count: number, one: string, many: string, atMost?: number): string {
  if (count === 0) return `No ${atMost === 1 ? one : many}`
  if (count === atMost) return atMost === 1 ? capitalised(one) : `${count} or more ${many}`
  return `${whole(count)} ${count === 1 ? one : many}`
}

function lastSeen(days: number, one: string, windowDays: number): string {
  return days >= windowDays ? `No ${one} ${inLast(windowDays)}` : `Last ${one} ${daysAgo(days, windowDays)}`
}

function daysAgo(days: number, windowDays: number): string {
  if (days >= windowDays) return `none ${inLast(windowDays)}`
  if (days === 0) return 'today'
  return days === 1 ? 'yesterday' : `${whole(days)} days ago`
}

/** @param logRatio of a rate to the account's own earlier one @param whose "its", "the account's" */
function rate(logRatio: number, whose: string): string {
  const times = rounded(Math.exp(logRatio))
  return times === '1' ? `${whose} usual rate` : `${times} times ${whose} usual rate`
}

function share(value: number, of: number): string {
  return `${Math.round(value * of)} of ${of}`
}

function inLast(days: number): string {
  if (days === 1) return 'today'
  if (days % 365 === 0) return days === 365 ? 'in the last year' : `in the last ${days / 365} years`
  return `in the last ${days} days`
}

function plainValue(value: FeatureValue): string {
  if (typeof value === 'number')
    return isPlain(value) ? String(value) : (Math.abs(value) < 1_000_000 ? FINE : LARGE).format(value)
  return Array.isArray(value) ? value.join(', ') || 'none' : String(value).replaceAll('_', ' ')
}

function rounded(value: number): string {
  return value < 10 && !isPlain(value) ? ROUGH.format(value) : whole(value)
}

function whole(value: number): string {
  return isPlain(value) ? String(value) : WHOLE.format(value)
}

/** Most numbers need no formatter, which costs more than the rest of a sentence. */
function isPlain(value: number): boolean {
  return value >= 0 && value < 1000 && Number.isInteger(value)
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
