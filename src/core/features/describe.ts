import type { PlainFeature } from './specification.ts'
import type { FeatureValue } from './types.ts'

// Kept: making one costs more than all else that a sentence needs.
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const ROUGH = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
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
      return `${rounded(Number(value))} ${many} when each counts half after ${definition.half_life_days} days`
    case 'days_since_last':
      return lastSeen(Number(value), one, definition.window_days)
    case 'trend':
    case 'intent_surge':
      return `${capitalised(many)} at ${rounded(Math.exp(Number(value)))} times the account's usual rate ${inLast(definition.window_days)}`
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

const STRENGTH_VERBS = { mean: 'averaged strength', max: 'reached strength', sum: 'added up to strength' } as const

function counted(count: number, one: string, many: string, atMost?: number): string {
  if (count === 0) return `No ${many}`
  if (count === atMost) return atMost === 1 ? capitalised(one) : `${count} or more ${many}`
  return `${WHOLE.format(count)} ${count === 1 ? one : many}`
}

function lastSeen(days: number, one: string, windowDays: number): string {
  if (days >= windowDays) return `No ${one} ${inLast(windowDays)}`
  if (days === 0) return `Last ${one} today`
  return days === 1 ? `Last ${one} yesterday` : `Last ${one} ${days} days ago`
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
  if (typeof value === 'number') return FINE.format(value)
  return Array.isArray(value) ? value.join(', ') || 'none' : String(value).replaceAll('_', ' ')
}

function rounded(value: number): string {
  return (value < 10 ? ROUGH : WHOLE).format(value)
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
