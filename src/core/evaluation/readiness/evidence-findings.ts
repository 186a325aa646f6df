import type { ModelSpecification } from '../../training/cohorts/model-specification.ts'
import type { FeatureColumn } from '../../features/types.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'
import type { ReadinessFinding } from './report.ts'

/** What a model would learn from. */
export interface Examples {
  readonly specification: ModelSpecification
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly TrainingRow[]
}

/**
 * Whether nothing tells who is about to buy: in no account-month is any feature of engagement or intent known. Such a model
 * would rank accounts by what they are, and give each the probability of an average month.
 */
export function lacksEvidence({ specification, columns, rows }: Examples): boolean {
  if (specification.moment.kind !== 'first_of_month' || rows.length === 0) return false
  const evidence = columns.flatMap(({ family }, index) =>
    family === 'engagement' || family === 'intent' ? [index] : [],
  )
  return evidence.length > 0 && rows.every(({ values }) => evidence.every((index) => (values[index] ?? null) === null))
}

/** The models of which nothing can be learned for want of evidence, each with what to export; none when nothing would be left. */
export function modelsWithoutEvidence(models: readonly Examples[]): readonly ReadinessFinding[] {
  const lacking = models.filter(lacksEvidence)
  if (lacking.length === models.length) return []
  const others = models.filter((one) => !lacking.includes(one))
  return lacking.map(({ specification: { model }, rows }): ReadinessFinding => {
    const sentence = `${model} is left out, and only wins are learned: no activity of a buyer and no intent signal is known before any of its examples, and nothing else tells who is about to buy. Export activities (visits, forms, replies to emails, each with its time and account) or intent signals${lackOfProspects(rows, others)}.`
    return { name: 'no_evidence', severity: 'warning', model, subject: null, figure: 0, limit: 1, sentence }
  })
}

function lackOfProspects(rows: readonly TrainingRow[], others: readonly Examples[]): string {
  const withDeal = new Set(others.flatMap((other) => other.rows.map(({ id }) => id)))
  return rows.every(({ id }) => withDeal.has(id))
    ? ', and with them the accounts that never had an opportunity: each of these accounts has one'
    : ''
}
