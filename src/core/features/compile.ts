import {
  countBetween,
  countWithin,
  daysSinceLast,
  decayedCount,
  decayWeights,
  type EventFilter,
  eventsOf,
  intentBetween,
  isWindowKnown,
  matchingPeople,
  peopleWithin,
  shareOfRoles,
  surgingTopics,
  trend,
} from './measures.ts'
import { type AccountSnapshot, type AttributeValue, mergeAttributes } from './snapshot.ts'
import { expandFeatures, type FeatureSpecification, type PersonFilter, type PlainFeature } from './specification.ts'
import type { TitleSpecification } from '../facts/titles/title-specification.ts'
import type { FeatureColumn, FeatureValue, FeatureVector } from './types.ts'

/** A feature that can be computed: its definition, what the encoder must know of it, and how it reads a snapshot. */
export interface Feature {
  readonly definition: PlainFeature
  readonly column: FeatureColumn
  readonly read: (snapshot: AccountSnapshot) => FeatureValue
}

/** A compiled specification: the features in order, and how far back the query has to look for each kind of fact. */
export interface FeatureSet {
  readonly features: readonly Feature[]
  readonly columns: readonly FeatureColumn[]
  readonly lookback: Lookback
}

/** Days of history that any feature reads, per kind of fact; 0 where none does. */
export interface Lookback {
  readonly activityDays: number
  readonly intentDays: number
  readonly businessEventDays: number
  readonly customerEventDays: number
  /** Whether the order of kinds within a day matters to any feature. */
  readonly latestKinds: boolean
  /** Which source takes precedence where two disagree about a person. */
  readonly sourcePrecedence: readonly string[]
  /** How a title fills in the missing fields of a person; without it titles are not read. */
  readonly titles?: TitleSpecification | undefined
}

/** @throws RangeError when two features end up with one name. */
export function compileFeatures(specification: FeatureSpecification): FeatureSet {
  const features = expandFeatures(specification).map((definition) => ({
    definition,
    column: columnOf(definition),
    read: readerOf(definition, specification.source_precedence),
  }))
  return {
    features,
    columns: features.map((feature) => feature.column),
    lookback: lookbackOf(features, specification),
  }
}

export function readFeatures(set: FeatureSet, snapshot: AccountSnapshot): FeatureVector {
  return set.features.map((feature) => feature.read(snapshot))
}

function columnOf(definition: PlainFeature): FeatureColumn {
  const kind = columnKind(definition)
  return {
    name: definition.name,
    family: definition.family,
    kind,
    transform: definition.transform ?? (kind === 'number' && isSizeOrCount(definition) ? 'log1p' : 'none'),
    sign: definition.sign ?? null,
    ...(isWindowed(definition) ? { windowed: true as const } : {}),
  }
}

/** Past deals have no window that is unknown: they are known as far back as there are any. */
function isWindowed(definition: PlainFeature): boolean {
  return 'window_days' in definition && !('of' in definition && definition.of === 'opportunity')
}

function columnKind(definition: PlainFeature): FeatureColumn['kind'] {
  if (definition.measure === 'attribute') return definition.type
  return definition.measure === 'last_kind' ? 'category' : 'number'
}

/** Sizes and counts are skewed; shares, means, log ratios and mere presence are not. */
function isSizeOrCount(definition: PlainFeature): boolean {
  if ('at_most' in definition && definition.at_most === 1) return false
  return ['attribute', 'people_known', 'count', 'decayed_count', 'days_since_last', 'people_engaged'].includes(
    definition.measure,
  )
}

function capped(count: number, atMost: number | undefined): number {
  return atMost === undefined ? count : Math.min(count, atMost)
}

function readerOf(definition: PlainFeature, precedence: readonly string[]): Feature['read'] {
  switch (definition.measure) {
    case 'attribute':
      return (snapshot) =>
        asValue(mergeAttributes(snapshot.versions, precedence)[definition.field] ?? null, definition.type)
    case 'people_known':
      return readingPeople((contacts) =>
        capped(definition.by ? matchingPeople(contacts, definition.by).size : contacts.length, definition.at_most),
      )
    case 'roles_known':
      return readingPeople((contacts) => shareOfRoles(contacts, definition.roles))
    case 'count':
      return reading(definition, definition.window_days, (cells, days) =>
        capped(countWithin(cells, days), definition.at_most),
      )
    case 'decayed_count': {
      const weights = decayWeights(definition.half_life_days, definition.window_days)
      return reading(definition, definition.window_days, (cells) => decayedCount(cells, weights))
    }
    case 'days_since_last':
      return reading(definition, definition.window_days, daysSinceLast)
    case 'trend': {
      const { baseline_days: baseline } = definition
      const recentDays = definition.window_days
      return reading(definition, recentDays + baseline, (cells) =>
        trend(
          countWithin(cells, recentDays),
          countBetween(cells, recentDays, recentDays + baseline),
          recentDays,
          baseline,
        ),
      )
    }
    case 'people_engaged':
      return reading({ ...definition, of: 'activity' }, definition.window_days, (cells, days) =>
        capped(peopleWithin(cells, days).size, definition.at_most),
      )
    case 'roles_engaged':
      return rolesEngaged(definition.roles, definition.window_days)
    case 'last_kind':
      return (snapshot) => lastKind(snapshot, definition.window_days)
    case 'intent_strength':
    case 'intent_surge':
    case 'surging_topics':
      return readIntent(definition)
  }
}

interface EventDefinition {
  readonly of: EventFilter['of']
  readonly kinds?: readonly string[] | undefined
  readonly by?: PersonFilter | undefined
  readonly anonymous?: boolean | undefined
}

/** Unknown when the window is; otherwise `measure` of the events that the definition selects. */
function reading(
  definition: EventDefinition,
  days: number,
  measure: (cells: ReturnType<typeof eventsOf>, days: number) => number,
): Feature['read'] {
  const filter: EventFilter = {
    of: definition.of,
    kinds: definition.kinds ? new Set(definition.kinds) : null,
    by: definition.by ?? null,
    anonymous: definition.anonymous ?? null,
  }
  return (snapshot) =>
    isWindowKnown(snapshot, filter.of, filter.kinds, days) ? measure(eventsOf(snapshot, filter), days) : null
}

function readingPeople(measure: (contacts: AccountSnapshot['contacts']) => number): Feature['read'] {
  return (snapshot) => (snapshot.contactsUnknown ? null : measure(snapshot.contacts))
}

function rolesEngaged(roles: readonly string[], days: number): Feature['read'] {
  return (snapshot) => {
    if (!isWindowKnown(snapshot, 'activity', null, days)) return null
    const engaged = peopleWithin(snapshot.activities, days)
    return shareOfRoles(
      snapshot.contacts.filter((contact) => engaged.has(contact.key)),
      roles,
    )
  }
}

function lastKind(snapshot: AccountSnapshot, days: number): FeatureValue {
  if (!isWindowKnown(snapshot, 'activity', null, days)) return null
  const within = new Set(snapshot.activities.filter((cell) => cell.ageDays < days).map((cell) => cell.kind))
  return snapshot.latestKinds.find((kind) => within.has(kind)) ?? 'none'
}

type IntentDefinition = Extract<
  PlainFeature,
  { readonly measure: 'intent_strength' | 'intent_surge' | 'surging_topics' }
>

function readIntent(definition: IntentDefinition): Feature['read'] {
  const topics = definition.topics ? new Set(definition.topics) : null
  const providers = definition.providers ? new Set(definition.providers) : null
  const days = definition.window_days
  const total = days + ('baseline_days' in definition ? definition.baseline_days : 0)
  return (snapshot) => {
    if (!isWindowKnown(snapshot, 'intent_signal', topics, total, providers)) return null
    const cells = snapshot.intentSignals.filter(
      (cell) => (!topics || topics.has(cell.topic)) && (!providers || providers.has(cell.provider)),
    )
    if (definition.measure === 'intent_strength') return intentBetween(cells, 0, days)[definition.aggregate]
    if (definition.measure === 'surging_topics') {
      return surgingTopics(cells, days, definition.baseline_days, definition.ratio)
    }
    return trend(
      intentBetween(cells, 0, days).sum,
      intentBetween(cells, days, total).sum,
      days,
      definition.baseline_days,
    )
  }
}

/** Reads an attribute as the type of the specification; a value of another type is unknown. */
function asValue(value: AttributeValue, type: 'number' | 'category' | 'set'): FeatureValue {
  if (value === null || (typeof value === 'string' && value.trim() === '')) return null
  if (type === 'set') return Array.isArray(value) ? value : [String(value)]
  if (type === 'category') return Array.isArray(value) ? value.join(';') : String(value)
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : null
}

function lookbackOf(features: readonly Feature[], specification: FeatureSpecification): Lookback {
  const longest = (matches: (definition: PlainFeature) => boolean) =>
    Math.max(0, ...features.map(({ definition }) => (matches(definition) ? daysRead(definition) : 0)))
  const reads = (fact: string) => (definition: PlainFeature) => 'of' in definition && definition.of === fact
  return {
    activityDays: longest(
      (definition) =>
        reads('activity')(definition) || ['people_engaged', 'roles_engaged', 'last_kind'].includes(definition.measure),
    ),
    intentDays: longest(({ measure }) => ['intent_strength', 'intent_surge', 'surging_topics'].includes(measure)),
    businessEventDays: longest(reads('business_event')),
    customerEventDays: longest(reads('customer_event')),
    latestKinds: features.some(({ definition }) => definition.measure === 'last_kind'),
    sourcePrecedence: specification.source_precedence,
    titles: specification.titles,
  }
}

function daysRead(definition: PlainFeature): number {
  const window = 'window_days' in definition ? definition.window_days : 0
  return window + ('baseline_days' in definition ? definition.baseline_days : 0)
}
