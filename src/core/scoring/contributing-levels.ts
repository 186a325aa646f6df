import type { LogisticModel } from '../training/logistic/logistic-model.ts'

const MOST_NAMED = 3
/** Levels that move the log-odds less than this share of the strongest one's are not named beside it. */
const WORTH_NAMING = 0.25

/** The levels of a set that make its contribution what it is: those the account has, and those it lacks. */
export interface TellingLevels {
  readonly has: readonly string[]
  readonly lacks: readonly string[]
}

/**
 * A set adds, for each level that the model has learned by itself, coefficient x (has it - share of the examples that had
 * it, of those whose set is known). Named are the levels that push the way the whole set does, the strongest first; a level too rare for a coefficient of
 * its own says nothing by itself.
 */
export function contributingLevels(
  { encoder, coefficients }: LogisticModel,
  feature: string,
  value: readonly string[],
  ofValue: number,
): TellingLevels {
  const own = new Set(value)
  const missing = encoder.columns.find((column) => column.feature === feature && column.part === 'missing')?.mean ?? 0
  const pushes = encoder.columns
    .flatMap((column, index) => {
      if (column.feature !== feature || column.level === null) return []
      const has = own.has(column.level)
      return [
        { level: column.level, has, push: (coefficients[index] ?? 0) * (Number(has) - column.mean / (1 - missing)) },
      ]
    })
    .filter(({ push }) => push * ofValue > 0)
    .toSorted((one, other) => Math.abs(other.push) - Math.abs(one.push) || (one.level < other.level ? -1 : 1))
  const [strongest] = pushes
  const named = pushes
    .slice(0, MOST_NAMED)
    .filter(({ push }) => Math.abs(push) >= WORTH_NAMING * Math.abs(strongest?.push ?? 0))
  return {
    has: named.filter((one) => one.has).map(({ level }) => level),
    lacks: named.filter((one) => !one.has).map(({ level }) => level),
  }
}
