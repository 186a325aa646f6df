import type { Kysely } from 'kysely'
import { type ModelSpecification, maturityDays } from '../../core/training/cohorts/model-specification.ts'
import type { FeatureSet } from '../../core/features/compile.ts'
import { auditLeakage } from '../../core/evaluation/leakage/audit.ts'
import type { LeakageFinding } from '../../core/evaluation/leakage/finding.ts'
import { checkPermutations, permutationFinding } from '../../core/evaluation/leakage/permutations.ts'
import { applyModel, compileModel } from '../../core/training/logistic/logistic-model.ts'
import { trainLogistic } from '../../core/training/logistic/train.ts'
import type { TrainingRow } from '../../core/training/logistic/types.ts'
import { END_OF_ORDER } from '../../core/base/order.ts'
import type { Instant } from '../../core/base/time.ts'
import { listFactsAround, listFieldHistories } from '../../store/evaluation/leakage-history.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import type { TrainingData } from './training-data.ts'

/** Facts are compared over this many days before and after as-of. */
const DAYS_AROUND = 90
/** A sample as large as any check needs. */
const MOST_ROWS = 20_000

/** Enough rows for shuffled labels to show a leak of the pipeline. */
const MOST_PERMUTED_ROWS = 3_000

/** Audits one model for leakage: its features, and, with twenty shuffles of the labels, the pipeline. */
export async function auditModel(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: ModelSpecification,
  data: TrainingData,
  end: Instant,
): Promise<readonly LeakageFinding[]> {
  const byAge = data.rows
    .slice(0, MOST_PERMUTED_ROWS)
    .toSorted((one, other) => (one.asOf < other.asOf ? -1 : one.asOf > other.asOf ? 1 : 0))
  const half = Math.floor(byAge.length / 2)
  const fit = fitOnce(data, maturityDays(specification.label))
  const check = checkPermutations(byAge.slice(0, half), byAge.slice(half), fit, specification.training.seed)
  return [...permutationFinding(check), ...(await auditTrainingData(db, featureSet, data, end))]
}

/** The pipeline at a single penalty, so that twenty fits stay cheap. */
function fitOnce({ columns }: TrainingData, labelWindowDays: number) {
  return (rows: readonly TrainingRow[], test: readonly TrainingRow[]): readonly number[] => {
    const options = { labelWindowDays, penalties: [100], foldCount: 2, minWon: 1, minLost: 1 }
    const result = trainLogistic({ columns, rows }, options)
    if (result.kind !== 'trained') return test.map(() => 0.5)
    const compiled = compileModel(result.model)
    return test.map((row) => applyModel(compiled, row.values).probability)
  }
}

/** Audits training rows together with field histories and facts around as-of, which are read from the database. */
export async function auditTrainingData(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  data: TrainingData,
  end: Instant,
): Promise<readonly LeakageFinding[]> {
  const step = Math.max(1, Math.ceil(data.rows.length / MOST_ROWS))
  const kept = data.rows.flatMap((row, index) => {
    const example = data.examples[index]
    return index % step === 0 && example ? [{ row, example }] : []
  })
  const requests = kept.map(({ example }) => ({ accountId: example.account.accountId, asOf: example.asOf }))
  return auditLeakage({
    columns: data.columns,
    rows: kept.map(({ row }) => row),
    around: await listFactsAround(db, requests, DAYS_AROUND, end),
    // What changed about the time of a close cannot be told without days.
    fields: end === END_OF_ORDER ? [] : await listFieldHistories(db, fieldsRead(featureSet, data), end),
  })
}

/** The account fields that the columns read, each with its columns. */
function fieldsRead(featureSet: FeatureSet, { columns }: Pick<TrainingData, 'columns'>) {
  const read = featureSet.features.flatMap(({ definition }) =>
    definition.measure === 'attribute' && columns.some(({ name }) => name === definition.name)
      ? [{ field: definition.field, column: definition.name }]
      : [],
  )
  return [...Map.groupBy(read, ({ field }) => field)].map(([field, own]) => ({
    field,
    columns: own.map(({ column }) => column),
  }))
}
