import { z } from 'zod'
import { type ClusterCount, clusteredShare, Estimate } from '../../statistics/clustered-proportion.ts'
import { type FeatureSet, readFeatures } from '../../features/compile.ts'
import { peopleWithin } from '../../features/measures.ts'
import type { AccountSnapshot } from '../../features/snapshot.ts'
import type { PlainFeature } from '../../features/specification.ts'
import type { FeatureColumn } from '../../features/types.ts'
import { BUYING_ROLES } from '../../facts/import/kinds.ts'
import type { LogisticModel } from '../../training/logistic/logistic-model.ts'
import { packedIndex } from '../../training/logistic/solver/likelihood.ts'
import { trainLogistic } from '../../training/logistic/train.ts'
import type { PeopleExample } from './contact-model.ts'
import { engagedDays, type PeopleSpecification } from './people-specification.ts'
import { NORMAL_90 } from '../../statistics/normal-quantiles.ts'

/** A difference in log-odds of winning, with its 90% interval. */
const Effect = z.strictObject({ value: z.number(), low: z.number(), high: z.number() })
type Effect = z.infer<typeof Effect>

const Side = z.strictObject({
  /** Opportunities on this side. */
  count: z.number().int(),
  won: z.number().int(),
  /** Share won, with a 95% interval in which the opportunities of one account count as one draw. */
  share: Estimate,
})

/** The effect of a role on winning. */
export const RoleImportance = z.strictObject({
  role: z.enum(BUYING_ROLES),
  /** As counted: with somebody of the role known, without; with one engaged, without. */
  known: Side,
  not_known: Side,
  engaged: Side,
  not_engaged: Side,
  /** Adjusted for the features of the win model; null when the model could not be fitted. */
  known_effect: Effect.nullable(),
  engaged_effect: Effect.nullable(),
  /** Both together: somebody is known and engaged, against nobody known. */
  effect: Effect.nullable(),
  /** `proven`: the interval of one of the three lies above 0. */
  matters: z.enum(['proven', 'not_proven']),
})
export type RoleImportance = z.infer<typeof RoleImportance>

type Role = (typeof BUYING_ROLES)[number]

/**
 * The importance of each role by the company's own won and lost opportunities: as counted, and by a logistic model adjusted for
 * the features of the win model, so that a role common at large or active accounts gets no credit for that. The most important
 * first.
 */
export function roleImportance(
  examples: readonly PeopleExample[],
  featureSet: FeatureSet,
  specification: PeopleSpecification,
  labelWindowDays: number,
): readonly RoleImportance[] {
  const exampleRoles = examples.map((example) => ({ example, ...rolesOf(example.snapshot, specification) }))
  const model = fitRoles(exampleRoles, featureSet, specification, labelWindowDays)
  const side = (holds: (one: ExampleRoles) => boolean) => sideOf(exampleRoles.filter(holds))
  return BUYING_ROLES.map((role) => {
    const effects = model && effectsOf(model, role)
    const proven = effects && [effects.known, effects.engaged, effects.both].some(({ low }) => low > 0)
    return {
      role,
      known: side(({ known }) => known.has(role)),
      not_known: side(({ known }) => !known.has(role)),
      engaged: side(({ engaged }) => engaged.has(role)),
      not_engaged: side(({ engaged }) => !engaged.has(role)),
      known_effect: effects?.known ?? null,
      engaged_effect: effects?.engaged ?? null,
      effect: effects?.both ?? null,
      matters: proven ? ('proven' as const) : ('not_proven' as const),
    }
  }).toSorted((one, other) => (other.effect?.value ?? 0) - (one.effect?.value ?? 0))
}

interface ExampleRoles {
  readonly example: PeopleExample
  readonly known: ReadonlySet<string>
  readonly engaged: ReadonlySet<string>
}

/** The roles that somebody at the account has, and those of whom somebody did something lately. */
export function rolesOf(snapshot: AccountSnapshot, specification: PeopleSpecification) {
  const active = peopleWithin(snapshot.activities, engagedDays(specification))
  const roles = (people: AccountSnapshot['contacts']) => new Set(people.flatMap(({ buyingRole }) => buyingRole ?? []))
  return { known: roles(snapshot.contacts), engaged: roles(snapshot.contacts.filter(({ key }) => active.has(key))) }
}

function sideOf(exampleRoles: readonly ExampleRoles[]): z.infer<typeof Side> {
  const accounts = Map.groupBy(exampleRoles, ({ example }) => example.account)
  const counts: ClusterCount[] = [...accounts.values()].map((own) => ({
    count: own.length,
    hits: own.filter(({ example }) => example.won).length,
  }))
  const won = exampleRoles.filter(({ example }) => example.won).length
  return { count: exampleRoles.length, won, share: clusteredShare(counts) }
}

/** A small fixed penalty: the effects are to be measured, not shrunk. */
const PENALTY = 1

function fitRoles(
  exampleRoles: readonly ExampleRoles[],
  featureSet: FeatureSet,
  { seed, minimum_won: minWon, minimum_lost: minLost }: PeopleSpecification,
  labelWindowDays: number,
): LogisticModel | null {
  const controls = featureSet.features.flatMap(({ definition }, index) => (saysWho(definition) ? [] : [index]))
  const columns: FeatureColumn[] = [
    ...BUYING_ROLES.flatMap((role) => [flag(knownName(role)), flag(engagedName(role))]),
    ...controls.map((index) => ({ ...(featureSet.columns[index] as FeatureColumn), sign: null })),
  ]
  const rows = exampleRoles.map(({ example, known, engaged }) => {
    const all = readFeatures(featureSet, example.snapshot)
    return {
      id: example.account,
      asOf: example.asOf,
      openedAt: example.openedAt,
      values: [
        ...BUYING_ROLES.flatMap((role) => [Number(known.has(role)), Number(engaged.has(role))]),
        ...controls.map((index) => all[index] ?? null),
      ],
      won: example.won,
      weight: 1,
    }
  })
  const options = { labelWindowDays, seed, minWon, minLost, penalties: [PENALTY] }
  const result = trainLogistic({ columns, rows }, options)
  return result.kind === 'trained' ? result.model : null
}

/** Features that are themselves about roles: beside them nothing would be left to measure. */
function saysWho(definition: PlainFeature): boolean {
  if (definition.measure === 'roles_known' || definition.measure === 'roles_engaged') return true
  return 'by' in definition && definition.by !== undefined
}

function flag(name: string): FeatureColumn {
  return { name, family: 'contact_fit', kind: 'number', transform: 'none', sign: null }
}

const knownName = (role: Role) => `role ${role} known`
const engagedName = (role: Role) => `role ${role} engaged`

/**
 * Effect of a flag: what its contribution changes from 0 to 1. The variance of a sum of two effects has their covariance in
 * it twice.
 */
function effectsOf(model: LogisticModel, role: Role) {
  const [known, engaged] = [knownName(role), engagedName(role)].map((name) => columnOf(model, name))
  return { known: effect(model, [known]), engaged: effect(model, [engaged]), both: effect(model, [known, engaged]) }
}

interface Column {
  readonly index: number
  /** What a step from 0 to 1 is in the column's own scale. */
  readonly step: number
}

function columnOf({ encoder }: LogisticModel, name: string): Column | undefined {
  const index = encoder.columns.findIndex(({ feature, part }) => feature === name && part === 'value')
  const sd = encoder.features.find((feature) => feature.name === name)?.sd
  return index < 0 || !sd ? undefined : { index, step: 1 / sd }
}

function effect({ coefficients, covariance }: LogisticModel, columns: readonly (Column | undefined)[]): Effect {
  const present = columns.flatMap((column) => column ?? [])
  const value = present.reduce((sum, { index, step }) => sum + (coefficients[index] ?? 0) * step, 0)
  let variance = 0
  for (const one of present) {
    for (const other of present) {
      const [row, column] = one.index > other.index ? [one.index, other.index] : [other.index, one.index]
      variance += one.step * other.step * (covariance[packedIndex(row + 1, column + 1)] ?? 0)
    }
  }
  const half = NORMAL_90 * Math.sqrt(variance)
  return { value, low: value - half, high: value + half }
}
