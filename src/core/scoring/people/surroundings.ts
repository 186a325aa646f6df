import { type Feature, type FeatureSet, readFeatures } from '../../features/compile.ts'
import { countWithin, peopleWithin } from '../../features/measures.ts'
import type { AccountSnapshot } from '../../features/snapshot.ts'
import type { FeatureColumn, FeatureValue } from '../../features/types.ts'
import { BUYING_ROLES } from '../../facts/import/kinds.ts'
import { engagedDays, type PeopleSpecification } from './people-specification.ts'

/**
 * Features of the account and colleagues of a person. They are in the training so that a person gets no credit for their
 * account or their colleagues, and are left out when a person is scored.
 */
export interface Surroundings {
  readonly columns: readonly FeatureColumn[]
  readonly read: (snapshot: AccountSnapshot) => (contactKey: number) => readonly FeatureValue[]
}

export function surroundingsOf(featureSet: FeatureSet, specification: PeopleSpecification): Surroundings {
  const longest = engagedDays(specification)
  const ofAccount = featureSet.features.flatMap((feature, index) => (isOfAccount(feature) ? [index] : []))
  return {
    columns: [
      ...BUYING_ROLES.flatMap((role) => [another(`another ${role} known`), another(`another ${role} engaged`)]),
      ...specification.window_days.map((days) => ({
        ...another(`others_activities_${days}d`),
        transform: 'log1p' as const,
      })),
      ...ofAccount.map((index) => ({
        ...(featureSet.columns[index] as FeatureColumn),
        family: 'account_fit' as const,
        sign: null,
      })),
    ],
    read: (snapshot) => {
      const all = readFeatures(featureSet, snapshot)
      const account = ofAccount.map((index) => all[index] ?? null)
      const active = peopleWithin(snapshot.activities, longest)
      return (contactKey) => {
        const others = snapshot.contacts.filter(({ key }) => key !== contactKey)
        const cells = snapshot.activities.filter((cell) => cell.contactKey !== contactKey)
        return [
          ...BUYING_ROLES.flatMap((role) => {
            const known = others.filter(({ buyingRole }) => buyingRole === role)
            return [Number(known.length > 0), Number(known.some(({ key }) => active.has(key)))]
          }),
          ...specification.window_days.map((days) => countWithin(cells, days)),
          ...account,
        ]
      }
    },
  }
}

/** Features that count people's own activities are excluded. */
function isOfAccount({ definition, column }: Feature): boolean {
  const byPeople = 'of' in definition && definition.of === 'activity' && definition.anonymous !== true
  return (column.family === 'account_fit' || column.family === 'intent') && !byPeople
}

function another(name: string): FeatureColumn {
  return { name, family: 'account_fit', kind: 'number', transform: 'none', sign: null }
}
