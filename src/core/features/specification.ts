import { z } from 'zod'
import { TitleSpecification } from '../facts/titles/title-specification.ts'
import { FAMILIES } from './types.ts'

/**
 * `models/features.json`: what is computed of an account. A company adds a field, an activity kind or a topic here, not
 * in code. Every feature belongs to one family and names one measure; `window_days` is one window or several, and
 * `per_kind` / `per_topic` make one feature for each name listed.
 */
const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a feature name is lower case letters, digits and _')
const text = z.string().trim().min(1).max(200)
const names = z.array(text).min(1)
const windowDays = z.number().int().min(1).max(1095)
const windows = z.union([windowDays, z.array(windowDays).min(1)])

const common = {
  name,
  family: z.enum(FAMILIES),
  /** Singular and plural of what is counted, as a salesperson says it. */
  noun: z.tuple([text, text]),
  sign: z.enum(['positive', 'negative']).optional(),
  transform: z.enum(['none', 'log1p']).optional(),
}

export const PersonFilter = z.strictObject({
  seniority: names.optional(),
  department: names.optional(),
  buying_role: names.optional(),
})
export type PersonFilter = z.infer<typeof PersonFilter>

/** Caps the count: with 1 the feature says only whether there was any. */
const atMost = z.number().int().min(1).max(1000).optional()
const which = { kinds: names.optional(), per_kind: names.optional() }
const eventFact = z.enum(['activity', 'business_event', 'customer_event', 'opportunity'])
/** Only for activities: whose, and whether by somebody whose name is known. */
const whose = { by: PersonFilter.optional(), anonymous: z.boolean().optional() }
const intentWhich = { topics: names.optional(), per_topic: names.optional(), providers: names.optional() }

export const FeatureDefinition = z.discriminatedUnion('measure', [
  z.strictObject({
    ...common,
    measure: z.literal('attribute'),
    field: text,
    type: z.enum(['number', 'category', 'set']),
  }),
  z.strictObject({ ...common, measure: z.literal('people_known'), by: PersonFilter.optional(), at_most: atMost }),
  z.strictObject({ ...common, measure: z.literal('roles_known'), roles: names }),
  z.strictObject({
    ...common,
    measure: z.literal('count'),
    of: eventFact,
    ...which,
    ...whose,
    window_days: windows,
    at_most: atMost,
  }),
  z.strictObject({
    ...common,
    measure: z.literal('decayed_count'),
    of: eventFact,
    ...which,
    ...whose,
    window_days: windows,
    half_life_days: z.number().positive().max(1095),
  }),
  z.strictObject({
    ...common,
    measure: z.literal('days_since_last'),
    of: eventFact,
    ...which,
    ...whose,
    window_days: windows,
  }),
  z.strictObject({
    ...common,
    measure: z.literal('trend'),
    of: eventFact,
    ...which,
    ...whose,
    window_days: windows,
    baseline_days: windowDays,
  }),
  z.strictObject({
    ...common,
    measure: z.literal('people_engaged'),
    ...which,
    by: PersonFilter.optional(),
    window_days: windows,
    at_most: atMost,
  }),
  z.strictObject({ ...common, measure: z.literal('roles_engaged'), roles: names, window_days: windows }),
  z.strictObject({ ...common, measure: z.literal('last_kind'), window_days: windowDays }),
  z.strictObject({
    ...common,
    measure: z.literal('intent_strength'),
    ...intentWhich,
    window_days: windows,
    aggregate: z.enum(['mean', 'max', 'sum']),
  }),
  z.strictObject({
    ...common,
    measure: z.literal('intent_surge'),
    ...intentWhich,
    window_days: windows,
    baseline_days: windowDays,
  }),
  z.strictObject({
    ...common,
    measure: z.literal('surging_topics'),
    ...intentWhich,
    window_days: windows,
    baseline_days: windowDays,
    /** A topic surges when its recent mean is at least this many times its baseline mean. */
    ratio: z.number().min(1).max(100),
  }),
])
/** Only activities have people; on other facts such a filter would select nothing. */
function checkWhose(features: readonly FeatureDefinition[], context: z.RefinementCtx): void {
  features.forEach((definition, index) => {
    if (!('of' in definition) || definition.of === 'activity') return
    for (const field of ['by', 'anonymous'] as const) {
      if (definition[field] === undefined) continue
      const message = `"${field}" goes with "of": "activity" only, got "of": "${definition.of}" in feature "${definition.name}"`
      context.addIssue({ code: 'custom', path: [index, field], message })
    }
  })
}

export type FeatureDefinition = z.infer<typeof FeatureDefinition>

export const FeatureSpecification = z.strictObject({
  $comment: z.string().optional(),
  /** Where two systems disagree on an attribute, the one named first wins; unnamed ones follow in text order. */
  source_precedence: z.array(text).default([]),
  /** How job titles are read; `models/titles.json`, put in when a specification is loaded. */
  titles: TitleSpecification.optional(),
  features: z.array(FeatureDefinition).min(1).superRefine(checkWhose),
})
export type FeatureSpecification = z.infer<typeof FeatureSpecification>

/** A definition with one window and no `per_…` left in it. */
export type PlainFeature = Plain<FeatureDefinition>
type Plain<Definition> = Definition extends { readonly window_days: unknown }
  ? Omit<Definition, Split> & { readonly window_days: number }
  : Omit<Definition, Split>
type Split = 'window_days' | 'per_kind' | 'per_topic'

/** Writes out `per_kind`, `per_topic` and lists of windows: `visits` over [7, 30] becomes `visits_7d` and `visits_30d`. */
export function expandFeatures(specification: FeatureSpecification): readonly PlainFeature[] {
  const plain = specification.features.flatMap((definition) => splitWindows(splitNames(definition)))
  const names = new Set<string>()
  for (const { name: featureName } of plain) {
    if (names.has(featureName)) throw new RangeError(`feature names must differ, got "${featureName}" twice`)
    names.add(featureName)
  }
  return plain
}

function splitNames(definition: FeatureDefinition): readonly FeatureDefinition[] {
  if ('per_kind' in definition && definition.per_kind) {
    const { per_kind: kinds, ...rest } = definition
    return kinds.map((kind) => ({ ...rest, ...named(rest, kind), kinds: [kind] }))
  }
  if ('per_topic' in definition && definition.per_topic) {
    const { per_topic: topics, ...rest } = definition
    return topics.map((topic) => ({ ...rest, ...named(rest, topic), topics: [topic] }))
  }
  return [definition]
}

function named(definition: { readonly name: string; readonly noun: readonly [string, string] }, part: string) {
  const [one, many] = definition.noun
  const spoken = part.replaceAll('_', ' ')
  const noun: [string, string] = [one.replaceAll('{}', () => spoken), many.replaceAll('{}', () => spoken)]
  return { name: `${definition.name}_${slug(part)}`, noun }
}

function splitWindows(definitions: readonly FeatureDefinition[]): readonly PlainFeature[] {
  return definitions.flatMap((definition) => {
    if (!('window_days' in definition) || !Array.isArray(definition.window_days)) return [definition as PlainFeature]
    return definition.window_days.map(
      (days) => ({ ...definition, name: `${definition.name}_${days}d`, window_days: days }) as PlainFeature,
    )
  })
}

function slug(part: string): string {
  return part
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
}
