import { z } from 'zod'
import type { FeatureSet } from '../../features/compile.ts'
import type { AccountSnapshot, SnapshotContact } from '../../features/snapshot.ts'
import {
  applyModel,
  type CompiledModel,
  compileModel,
  type Contribution,
  LogisticModel,
} from '../../training/logistic/logistic-model.ts'
import { trainLogistic } from '../../training/logistic/train.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'
import { percentileIn, Quantiles, quantilesOf } from '../../statistics/quantiles.ts'
import type { FeatureValue } from '../../features/types.ts'
import type { Instant } from '../../base/time.ts'
import { assuredSize, type Certainty, certaintyOf, withCertainty } from '../certainty.ts'
import { type Surroundings, surroundingsOf } from './surroundings.ts'
import { engagedDays, type PeopleSpecification } from './people-specification.ts'
import { peopleOf, type PersonFeature, personFeatures, readPerson } from './person-features.ts'

/** The contact model: whether a person's opportunity was won, by who they are and what they did before it opened. */
export const ContactModel = z.strictObject({
  logistic: LogisticModel,
  opportunities: z.number().int(),
  people: z.number().int(),
  /** The people of the reference accounts, among whom a person is ranked. */
  reference: z.strictObject({ people: z.number().int(), fit: Quantiles.nullable(), engagement: Quantiles.nullable() }),
})
export type ContactModel = z.infer<typeof ContactModel>

/** One opportunity with the account as it was known at its moment, and who was named on it. */
export interface PeopleExample {
  readonly account: string
  readonly asOf: Instant
  readonly openedAt: Instant
  readonly won: boolean
  readonly snapshot: AccountSnapshot
  /** External ids of everybody named on the opportunity by now. */
  readonly linked: ReadonlySet<string>
}

export type ContactTraining =
  | { readonly kind: 'trained'; readonly model: ContactModel }
  | { readonly kind: 'not_trained'; readonly reason: string }

/** Trains the contact model. The people of an opportunity share its weight of 1; those not known at its moment are left out. */
export function trainContactModel(
  examples: readonly PeopleExample[],
  reference: readonly AccountSnapshot[],
  featureSet: FeatureSet,
  specification: PeopleSpecification,
  labelWindowDays: number,
): ContactTraining {
  const features = personFeatures(specification)
  const surroundings = surroundingsOf(featureSet, specification)
  const rows = examples.flatMap((example) => rowsOf(example, features, surroundings, specification))
  const columns = [...features.map(({ column }) => column), ...surroundings.columns]
  const { seed, minimum_won: minWon, minimum_lost: minLost } = specification
  const result = trainLogistic({ columns, rows }, { labelWindowDays, seed, minWon, minLost })
  if (result.kind === 'too_few') {
    const reason = `needs ${minWon} won and ${minLost} lost opportunities with a person named on them who was known before, got ${result.won} and ${result.lost}`
    return { kind: 'not_trained', reason }
  }
  if (result.kind !== 'trained') return { kind: 'not_trained', reason: result.kind.replaceAll('_', ' ') }
  const compiled = compileModel(result.model)
  const elsewhere = surroundings.columns.map(() => null)
  const parts = reference.flatMap((snapshot) =>
    peopleOf(snapshot, specification).map((person) => {
      const { familyParts } = applyModel(compiled, [...readPerson(features, person), ...elsewhere])
      return { fit: isSomebody(person.contact) ? familyParts.contact_fit : null, person, familyParts }
    }),
  )
  return {
    kind: 'trained',
    model: {
      logistic: result.model,
      opportunities: Math.round(rows.reduce((sum, { weight }) => sum + weight, 0)),
      people: rows.length,
      reference: {
        people: parts.length,
        fit: quantilesOf(parts.flatMap(({ fit }) => fit ?? [])),
        engagement: quantilesOf(
          parts.flatMap(({ person, familyParts }) => (person.cells ? familyParts.engagement : [])),
        ),
      },
    },
  }
}

function rowsOf(
  example: PeopleExample,
  features: ReturnType<typeof personFeatures>,
  surroundings: Surroundings,
  specification: PeopleSpecification,
): readonly TrainingRow[] {
  const around = surroundings.read(example.snapshot)

  const named = peopleOf(example.snapshot, specification).filter(({ contact }) =>
    example.linked.has(contact.externalId),
  )
  return named.map((person) => ({
    id: example.account,
    asOf: example.asOf,
    openedAt: example.openedAt,
    values: [...readPerson(features, person), ...around(person.contact.key)],
    won: example.won,
    weight: 1 / named.length,
  }))
}

/** Whether anything is known of who they are. */
function isSomebody({ seniority, department, buyingRole }: SnapshotContact): boolean {
  return seniority !== null || department !== null || buyingRole !== null
}

/** The scores of one person: percentiles 0 to 100 among the people of the reference accounts. */
export interface PersonScore {
  readonly contact: SnapshotContact
  readonly fit: number | null
  /** 0: did nothing; null: not known. */
  readonly engagement: number | null
  /** Log-odds against the average person: for ranking people of one account. */
  readonly part: number
  readonly activities: number | null
  readonly daysSinceActivity: number | null
  /** What moves the two scores most, strongest first. */
  readonly reasons: readonly PersonReason[]
}

export interface PersonReason {
  readonly direction: 'up' | 'down'
  readonly of: 'fit' | 'engagement'
  readonly certainty: Certainty
  /** Ends in "probably a plus" or "probably a minus" where that is not certain. */
  readonly sentence: string
}

const MOST_REASONS = 3
/** In log-odds: a smaller contribution changes a probability by half a percentage point at most. */
const LEAST_REASON = 0.02

/** Scores everybody at an account; without a model both scores are null. */
export function scorePeople(
  model: ContactModel | null,
  snapshot: AccountSnapshot,
  specification: PeopleSpecification,
): readonly PersonScore[] {
  const features = personFeatures(specification)
  const compiled = model && compiledOnce(model)
  const longest = engagedDays(specification)
  return peopleOf(snapshot, specification).map((person) => {
    const values = readPerson(features, person)
    const applied = compiled && applyModel(compiled, padded(values, compiled))
    const activities =
      person.cells && person.cells.reduce((sum, { ageDays, count }) => sum + (ageDays < longest ? count : 0), 0)
    const newest = Math.min(longest, ...(person.cells ?? []).map(({ ageDays }) => ageDays))
    return {
      contact: person.contact,
      fit:
        applied && isSomebody(person.contact)
          ? percentile(model?.reference.fit, applied.familyParts.contact_fit)
          : null,
      engagement:
        activities === null
          ? null
          : activities === 0
            ? model
              ? 0
              : null
            : applied && percentile(model?.reference.engagement, applied.familyParts.engagement),
      part: applied ? applied.familyParts.contact_fit + applied.familyParts.engagement : 0,
      activities,
      daysSinceActivity: person.cells && newest < longest ? newest : null,
      reasons: applied ? personReasons(applied.contributions.slice(0, features.length), features, values) : [],
    }
  })
}

/** By the rule of an account's reasons: of the value's own part, of one standard error or more, by size less that. */
function personReasons(
  contributions: readonly Contribution[],
  features: readonly PersonFeature[],
  values: readonly FeatureValue[],
): readonly PersonReason[] {
  const told = contributions.flatMap(({ family, ofValue }, index) => {
    const [feature, value] = [features[index], values[index] ?? null]
    const certainty = ofValue && certaintyOf(ofValue)
    if (!feature || value === null || !certainty || Math.abs(ofValue.logOdds) < LEAST_REASON) return []
    const direction = ofValue.logOdds > 0 ? ('up' as const) : ('down' as const)
    if (direction === 'up' && feature.isAbsence(value)) return []
    const of = family === 'engagement' ? ('engagement' as const) : ('fit' as const)
    const readsAsPlus = of === 'engagement' && !feature.isAbsence(value)
    const against = direction === 'down' && readsAsPlus ? ': less favourable than usual' : ''
    const sentence = withCertainty(`${feature.say(value)}${against}`, direction, certainty)
    return [{ weight: assuredSize(ofValue), reason: { direction, of, certainty, sentence } }]
  })
  return told
    .toSorted((one, other) => other.weight - one.weight)
    .slice(0, MOST_REASONS)
    .map(({ reason }) => reason)
}

/** The surroundings are left out: the model is linear, so they do not change the person's own contributions. */
function padded(values: readonly FeatureValue[], { model }: CompiledModel): readonly FeatureValue[] {
  return [...values, ...model.encoder.features.slice(values.length).map(() => null)]
}

function percentile(quantiles: Quantiles | null | undefined, part: number): number | null {
  return quantiles ? Math.max(1, Math.round(percentileIn(quantiles, part))) : null
}

const COMPILED = new WeakMap<ContactModel, CompiledModel>()

function compiledOnce(model: ContactModel): CompiledModel {
  const kept = COMPILED.get(model)
  if (kept) return kept
  const compiled = compileModel(model.logistic)
  COMPILED.set(model, compiled)
  return compiled
}
