import { listed } from '../base/listed.ts'
import { STANDARD_VOCABULARY } from './check-specification.ts'
import { type FeatureInput, inputOf } from './feature-inputs.ts'
import type { FieldFound, Found, Inventory } from './inventory.ts'
import type { FeatureDefinition, FeatureSpecification } from './specification.ts'

/** Features that need the same input. */
export interface Need extends Omit<FeatureInput, 'filled'> {
  readonly features: readonly string[]
}

export interface LeftOut {
  readonly name: string
  /** Why: for a feature what it lacks, for a field what it is. */
  readonly because: string
}

export interface FittedFeatures {
  readonly specification: FeatureSpecification
  /** Shipped features whose input is never filled. */
  readonly leftOut: readonly LeftOut[]
  /** Features of fields and kinds that only this company has. */
  readonly added: readonly FeatureDefinition[]
  /** Fields of which no feature is made. */
  readonly fieldsLeftOut: readonly LeftOut[]
  /**
   * What is missing, most missed first: by the number of shipped features that need it times the share of accounts of which it
   * is unknown. Only training shows how much they would gain.
   */
  readonly needs: readonly Need[]
}

/** Fewer accounts with a field or an activity tell nothing. */
const LEAST_ACCOUNTS = 20
/** A text that repeats less often describes one account, and no kind of account. */
const LEAST_ACCOUNTS_A_VALUE = 5
const MOST_VALUES = 200
const WINDOW_DAYS = 90
/** What the rules of lists and owners read; no description of a company. */
const NOT_DESCRIBING = ['owner', 'parent_account_external_id', 'do_not_contact', 'consent']

/** The shipped features as far as the data fill them, and features of what else the data have. */
export function fitFeatures(shipped: FeatureSpecification, inventory: Inventory): FittedFeatures {
  const inputs = shipped.features.map((definition) => ({ definition, input: inputOf(definition, inventory) }))
  const kept = inputs.filter(({ input }) => input.filled).map(({ definition }) => definition)
  const { features: ofFields, leftOut: fieldsLeftOut } = fieldFeatures(shipped, inventory)
  const added = [...ofFields, ...kindFeatures(shipped, inventory.activities)].filter(
    ({ name }) => !shipped.features.some((one) => one.name === name),
  )
  return {
    specification: { ...shipped, features: [...kept, ...added] },
    leftOut: inputs
      .filter(({ input }) => !input.filled)
      .map(({ definition, input }) => ({ name: definition.name, because: `${input.import}: ${input.holds}` })),
    added,
    fieldsLeftOut,
    needs: needsOf(inputs),
  }
}

type WithInput = { readonly definition: FeatureDefinition; readonly input: FeatureInput }

function needsOf(inputs: readonly WithInput[]): readonly Need[] {
  const lacking = inputs.filter(({ input }) => input.lacking > 0)
  return [...Map.groupBy(lacking, groupOf).values()]
    .map((own) => {
      const { filled: _, ...input } = own[0]?.input ?? NOTHING
      const fields = own.flatMap(({ definition }) => (definition.measure === 'attribute' ? [definition.field] : []))
      const holds = fields.length > 1 ? `the columns ${listed(fields)}` : input.holds
      return { ...input, holds, features: own.map(({ definition }) => definition.name) }
    })
    .toSorted((one, other) => missed(other) - missed(one))
}

/** Columns that no account has are one export. */
function groupOf({ definition, input }: WithInput): string {
  return definition.measure === 'attribute' && !input.filled ? 'columns' : `${input.import} ${input.holds}`
}

const NOTHING: FeatureInput = { import: 'accounts', holds: '', filled: false, lacking: 0 }

function missed({ features, lacking }: Need): number {
  return features.length * lacking
}

function fieldFeatures(shipped: FeatureSpecification, { fields }: Inventory) {
  const used = shipped.features.flatMap((one) => (one.measure === 'attribute' ? [one.field] : []))
  const known = [...used, ...STANDARD_VOCABULARY.fields, ...NOT_DESCRIBING]
  const features: FeatureDefinition[] = []
  const leftOut: LeftOut[] = []
  for (const found of fields.filter(({ field }) => !known.includes(field))) {
    const because = whyNoFeature(found)
    if (because !== undefined) leftOut.push({ name: found.field, because })
    else features.push(attributeFeature(found))
  }
  return { features, leftOut }
}

function whyNoFeature({ type, accounts, values }: FieldFound): string | undefined {
  if (accounts < LEAST_ACCOUNTS) return `filled for ${accounts} accounts, fewer than ${LEAST_ACCOUNTS}`
  if (values < 2) return 'the same everywhere'
  if (type !== 'text') return undefined
  const isKind = values <= MOST_VALUES && values * LEAST_ACCOUNTS_A_VALUE <= accounts
  return isKind ? undefined : `${values} different texts for ${accounts} accounts`
}

function attributeFeature({ field, type }: FieldFound): FeatureDefinition {
  const noun = spoken(field)
  return {
    name: nameOf(field),
    family: 'account_fit',
    noun: [noun, noun],
    measure: 'attribute',
    field,
    type: type === 'number' ? 'number' : type === 'list' ? 'set' : 'category',
  }
}

/** Kinds of what the buyer did that only this company has; the standard ones have their features, or were left out on purpose. */
function kindFeatures(shipped: FeatureSpecification, activities: readonly Found[]): readonly FeatureDefinition[] {
  const named = shipped.features.flatMap((one) => ('kinds' in one ? (one.kinds ?? []) : []))
  const known = [...named, ...STANDARD_VOCABULARY.activityKinds]
  return activities
    .filter(({ kind, accounts }) => !known.includes(kind) && accounts >= LEAST_ACCOUNTS)
    .map(({ kind }) => ({
      name: nameOf(kind),
      family: 'engagement',
      noun: [spoken(kind), spoken(kind)],
      measure: 'count',
      of: 'activity',
      kinds: [kind],
      window_days: WINDOW_DAYS,
    }))
}

function spoken(name: string): string {
  return name.replaceAll(/[_\s]+/g, ' ').trim()
}

/** As a feature's name is written: `Plan (2024)` is `plan_2024`. */
function nameOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return /^[a-z]/.test(slug) ? slug : `field_${slug}`
}
