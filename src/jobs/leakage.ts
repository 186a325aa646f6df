import type { Kysely } from 'kysely'
import type { FeatureSet } from '../core/features/compile.ts'
import { auditLeakage } from '../core/leakage/audit.ts'
import type { LeakageFinding } from '../core/leakage/finding.ts'
import type { Instant } from '../core/time.ts'
import { listFactsAround, listFieldHistories } from '../store/leakage-history.ts'
import type { Database } from '../store/schema.ts'
import type { TrainingData } from './training-data.ts'

/** Facts are compared over so many days on both sides of as-of. */
const DAYS_AROUND = 90
/** A sample as large as any check needs. */
const MOST_ROWS = 20_000

/** Audits the rows that a model is about to learn from, with the histories that only the database has. */
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
    fields: await listFieldHistories(db, fieldsRead(featureSet, data), end),
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
