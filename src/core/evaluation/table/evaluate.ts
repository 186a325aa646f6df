import { rocAuc } from '../../statistics/ranking.ts'
import type { TrainingFailure } from '../../training/logistic/train.ts'
import { populationWeights } from '../../training/logistic/sampling-correction.ts'
import { adviceOf } from './advice.ts'
import { type Examples, examplesOf, type LabelledRows } from './examples.ts'
import { featureOf, presenceOf, type TableFeature } from './columns/features.ts'
import { tableFigures } from './figures.ts'
import { influencesOf } from './influences.ts'
import type { TableLeak } from './columns/leaks.ts'
import type { ColumnProfile } from './columns/profile.ts'
import type { Refused, Tried, Understood } from './result.ts'
import type { Roles } from './columns/roles.ts'
import { planTest, type TestFold, type TestPlan } from './split.ts'
import { fitTable, validateTable } from './validate.ts'

export interface EvaluateOptions {
  readonly seed: number
  readonly onProgress: (done: number, total: number) => void
}

/** A column that separates the outcomes together with others: the fit found it. */
export interface SeparatedBy {
  readonly kind: 'separated'
  readonly leak: TableLeak
}

/** Fits and tests the model without the leaks, and once with them for comparison. */
export function evaluateTable(
  understood: Understood,
  labelled: LabelledRows,
  leaks: readonly TableLeak[],
  { seed, onProgress }: EvaluateOptions,
): Tried | Refused | SeparatedBy {
  const { roles, columns } = understood
  const leaking = new Set(leaks.filter(({ isLeftOut }) => isLeftOut).map(({ column }) => column))
  const features = columns
    .filter((profile) => isFree(profile, roles, leaking))
    .flatMap((profile) => featureOf(profile) ?? [])
  if (features.length === 0)
    return {
      kind: 'refused',
      message:
        'no column is left to learn from: every one is an id, a date, empty, or was left out. --use COLUMN takes one that was known before the close',
    }
  const examples = examplesOf(features, roles, labelled)
  const plan = planTest(examples.rows, undatedReason(roles), seed)
  const leaked = columns
    .filter(({ name }) => leaking.has(name))
    .map((profile) => featureOf(profile) ?? presenceOf(profile))
  const leakedFolds = leaked.length > 0 ? plan.folds.filter(({ repeat }) => repeat === 0).slice(0, 3) : []
  const total = plan.folds.length + leakedFolds.length + 1
  let done = 0
  const step = () => onProgress((done += 1), total)
  onProgress(0, total)
  const fitted = fitTable(examples, examples.rows, seed)
  if (fitted.kind === 'refused') return failed(fitted.failure, features)
  step()
  const validation = validateTable(examples, plan.folds, seed, step)
  if (validation.kind === 'refused') return failed(validation.failure, features)
  const numbers = roles.points?.content.numbers
  const points = numbers ? examples.positions.map((row) => numbers[row] ?? null) : null
  const weights = populationWeights(examples.rows, examples.sampling)
  const figures = tableFigures(plan, validation.folds, examples.rows, weights, points, seed)
  const withLeaks = examplesOf([...features, ...leaked], roles, labelled)
  return {
    kind: 'tried',
    ...understood,
    tested: testedBy(plan),
    undated: labelled.won.length - examples.rows.length,
    features: examples.columns.map(({ name, kind, transform }) => ({ name, kind, transform })),
    leaks,
    aucWithLeaks: leaked.length === 0 ? null : leakedAuc(withLeaks, leakedFolds, leaks, seed, step),
    figures,
    influences: influencesOf(fitted.model, (name) => {
      const values = features.find(({ column }) => column.name === name)?.values ?? []
      return examples.positions.map((row) => values[row] ?? null)
    }),
    advice: adviceOf({ ...understood, plan, leaks, figures, features: features.map(({ profile }) => profile) }),
  }
}

function isFree({ name }: ColumnProfile, roles: Roles, leaking: ReadonlySet<string>): boolean {
  const others = [roles.id, roles.date, roles.points].map((role) => role?.column.name)
  return !leaking.has(name) && !others.includes(name) && !roles.leftOut.some((left) => left.name === name)
}

function undatedReason({ date, unclear }: Roles): string | null {
  if (date) return null
  return (
    unclear.find((sentence) => sentence.includes('for a split in time')) ??
    'no column holds the date on which the rows were created'
  )
}

function testedBy(plan: TestPlan): Tried['tested'] {
  if (plan.kind === 'repeated')
    return { method: 'repeated', splits: [], repeats: plan.repeats, folds: plan.foldCount, reason: plan.reason }
  const splits = plan.folds.flatMap(({ split }) => split ?? [])
  return { method: 'forward', splits, repeats: 1, folds: splits.length, reason: null }
}

/** Where the leaks separate the outcomes so that no fit exists, their own AUC. */
function leakedAuc(
  examples: Examples,
  folds: readonly TestFold[],
  leaks: readonly TableLeak[],
  seed: number,
  onFold: () => void,
): number {
  const validation = validateTable(examples, folds, seed, onFold)
  if (validation.kind === 'refused') return Math.max(1, ...leaks.map(({ auc }) => auc ?? 0))
  const aucs = validation.folds.map(({ test, logOdds }) =>
    rocAuc.compute(Array.from(test, (row, index) => ({ probability: logOdds[index]!, won: examples.rows[row]!.won }))),
  )
  return aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length
}

function failed(failure: TrainingFailure, features: readonly TableFeature[]): Refused | SeparatedBy {
  if (failure.kind === 'separated') {
    const feature = features
      .map(({ column }) => column.name)
      .filter((name) => failure.column === name || failure.column.startsWith(`${name} `))
      .toSorted((a, b) => b.length - a.length)[0]
    if (feature !== undefined)
      return {
        kind: 'separated',
        leak: {
          column: feature,
          isLeftOut: true,
          auc: null,
          evidence: `With ${feature} the fit tells won from lost without fail: it holds the outcome.`,
        },
      }
  }
  if (failure.kind === 'too_few')
    return {
      kind: 'refused',
      message: `a part of the rows has only ${failure.won} won and ${failure.lost} lost rows to learn from: rows of few accounts repeat`,
    }
  return {
    kind: 'refused',
    message: 'the fit does not converge on this table: leave out columns that repeat each other by --leave-out COLUMN',
  }
}
