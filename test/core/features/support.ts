import { compileFeatures } from '../../../src/core/features/compile.ts'
import {
  type AccountSnapshot,
  type EventCell,
  feedStartsGiven,
  type SnapshotContact,
} from '../../../src/core/features/snapshot.ts'
import { FeatureSpecification } from '../../../src/core/features/specification.ts'
import type { FeatureValue } from '../../../src/core/features/types.ts'
import { BEGINNING, type Instant } from '../../../src/core/base/time.ts'

export const at = (text: string) => `${text}T00:00:00.000000Z` as Instant

/** An account with complete feeds and no facts. */
export function snapshotOf(changes: Partial<AccountSnapshot> = {}): AccountSnapshot {
  return {
    externalId: 'acme',
    asOf: at('2024-10-01'),
    accountKnownAt: BEGINNING,
    versions: [],
    contacts: [],
    activities: [],
    reach: [],
    latestKinds: [],
    intentSignals: [],
    businessEvents: [],
    customerEvents: [],
    opportunities: [],
    feedStarts: feedStartsGiven({ activity: true, intent_signal: true, business_event: true, customer_event: true }),
    ...changes,
  }
}

export const event = (kind: string, ageDays: number, count = 1, contactKey: number | null = null): EventCell => ({
  kind,
  contactKey,
  ageDays,
  count,
})

export const signal = (topic: string, ageDays: number, strength: number, provider = 'panel') => ({
  provider,
  topic,
  ageDays,
  strengthE4: strength * 10_000,
})

export const person = (key: number, changes: Partial<SnapshotContact> = {}): SnapshotContact => ({
  key,
  externalId: `person-${key}`,
  name: null,
  title: null,
  seniority: null,
  department: null,
  buyingRole: null,
  ...changes,
})

/** The value of one feature; the definition needs no name, family or noun. */
export function valueOf(
  definition: object,
  snapshot: AccountSnapshot,
  precedence: readonly string[] = [],
): FeatureValue {
  const [feature] = compileFeatures(specificationOf([definition], precedence)).features
  if (!feature) throw new RangeError('no feature')
  return feature.read(snapshot)
}

export function specificationOf(definitions: readonly object[], precedence: readonly string[] = []) {
  return FeatureSpecification.parse({
    source_precedence: precedence,
    features: definitions.map((definition, index) => ({
      name: `feature_${index}`,
      family: 'engagement',
      noun: ['thing', 'things'],
      ...definition,
    })),
  })
}
