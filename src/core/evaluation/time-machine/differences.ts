import type { FeatureColumn, FeatureValue, FeatureVector } from '../../features/types.ts'

/** A feature on which two readings of one account do not agree; undefined where the account was not known. */
export interface Difference {
  readonly feature: string
  readonly values: readonly [FeatureValue | undefined, FeatureValue | undefined]
}

/** The features whose bits differ: 0 is not -0 here, and an unknown account differs in every feature. */
export function differences(
  columns: readonly FeatureColumn[],
  one: FeatureVector | undefined,
  other: FeatureVector | undefined,
): readonly Difference[] {
  return columns.flatMap(({ name }, index) =>
    isSame(one?.[index], other?.[index]) ? [] : [{ feature: name, values: [one?.[index], other?.[index]] }],
  )
}

function isSame(one: FeatureValue | undefined, other: FeatureValue | undefined): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return Object.is(one, other)
  return one.length === other.length && one.every((part, index) => part === other[index])
}
