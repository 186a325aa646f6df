import type { ExclusionCounts } from '../../training/cohorts/cohort.ts'
import { maturityDays, type ModelSpecification } from '../../training/cohorts/model-specification.ts'
import type { FeatureColumn } from '../../features/types.ts'
import { fitEncoder } from '../../training/logistic/encoder/fit-encoder.ts'
import type { TrainingRow } from '../../training/logistic/types.ts'
import { dayOf, type Instant, instantPlusDays } from '../../base/time.ts'
import type { ModelReadiness, ReadinessFinding } from './report.ts'
import { ASSUMED_AUC, coxSnellFromAuc, rileySampleSize, SHRINKAGE } from './sample-size.ts'
import { counted } from '../../base/counted.ts'

export interface ModelData {
  readonly specification: ModelSpecification
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly TrainingRow[]
  readonly excluded: Readonly<ExclusionCounts>
  /** AUC of an earlier version on later data; assumed where there is none. */
  readonly measuredAuc?: number
}

const LEAST_MONTHS = 12

/** What one model can be trained on. It is evaluated before each training. */
export function modelReadiness(data: ModelData, asOf: Instant): ModelReadiness {
  const { specification, columns, rows, excluded } = data
  const [won, lost] = [weightOf(rows, true), weightOf(rows, false)]
  const baseRate = rows.length === 0 ? null : won / (won + lost)
  const labelDays = labelCompleteDays(specification)
  const encoder = fitEncoder(
    columns,
    rows.map((row) => row.values),
    { minLevelCount: 10 },
  )
  const auc = data.measuredAuc ?? ASSUMED_AUC
  const coxSnellR2 = baseRate === null || baseRate <= 0 || baseRate >= 1 ? 0 : coxSnellFromAuc(auc, baseRate)
  const parameters = encoder.columns.length
  return {
    model: specification.model,
    rows: rows.length,
    accounts: new Set(rows.map((row) => row.id)).size,
    won: Math.floor(won + 1e-6),
    lost: Math.floor(lost + 1e-6),
    base_rate: baseRate,
    by_month: byMonth(rows),
    unknown: unknownShares(columns, rows),
    excluded: { ...excluded },
    label_days: labelDays,
    labelled_before: dayOf(instantPlusDays(asOf, -labelDays)),
    sample_size: {
      parameters,
      needed: coxSnellR2 > 0 ? rileySampleSize(parameters, coxSnellR2) : 0,
      auc,
      auc_is_measured: data.measuredAuc !== undefined,
      cox_snell_r2: coxSnellR2,
      shrinkage: SHRINKAGE,
    },
  }
}

/** Findings that refuse the training of this model, and warnings about it. */
export function modelFindings(
  readiness: ModelReadiness,
  specification: ModelSpecification,
): readonly ReadinessFinding[] {
  const { model, won, lost, rows, sample_size: sample } = readiness
  const { minimum_won: minimumWon, minimum_lost: minimumLost } = specification.training
  const about = { model, subject: null }
  const [positive, negative] = specification.label.kind === 'opens' ? ['opened', 'not opened'] : ['won', 'lost']
  const hasDays = readiness.label_days > 0
  const before = hasDays ? `with a complete label window (opened before ${readiness.labelled_before})` : 'in the order'
  const tooFew = (figure: number, limit: number, what: string | undefined) =>
    `${model} has ${counted(figure, `${what} example`)} ${before}; training needs at least ${limit}, ${limit - figure} more.`
  const findings: ReadinessFinding[] = []
  if (won < minimumWon) {
    const sentence = tooFew(won, minimumWon, positive)
    findings.push({ ...about, name: 'too_few_won', severity: 'refused', figure: won, limit: minimumWon, sentence })
  }
  if (lost < minimumLost) {
    const sentence = tooFew(lost, minimumLost, negative)
    findings.push({ ...about, name: 'too_few_lost', severity: 'refused', figure: lost, limit: minimumLost, sentence })
  }
  if (rows < sample.needed) {
    const given = `an ${sample.auc_is_measured ? '' : 'assumed '}AUC of ${sample.auc}`
    const sentence = `${model} has ${counted(rows, 'example')} for ${counted(sample.parameters, 'parameter')}; an unpenalised fit needs ${sample.needed} to keep overfitting below ${Math.round(100 * (1 - sample.shrinkage))}% at ${given}. The L2 penalty compensates; fewer features would too.`
    findings.push({ ...about, name: 'small_sample', severity: 'warning', figure: rows, limit: sample.needed, sentence })
  }
  const months = readiness.by_month.length
  if (hasDays && rows > 0 && months < LEAST_MONTHS) {
    const sentence = `${model} is trained on ${counted(months, 'month')}; ${LEAST_MONTHS} cover each season once.`
    findings.push({
      ...about,
      name: 'short_history',
      severity: 'warning',
      figure: months,
      limit: LEAST_MONTHS,
      sentence,
    })
  }
  return findings
}

/** Days after opening (or its month) after which the label window is complete. */
function labelCompleteDays({ label, opportunities }: ModelSpecification): number {
  return maturityDays(label) + (label.kind === 'opens' ? opportunities.minimum_lifetime_days : 0)
}

function weightOf(rows: readonly TrainingRow[], won: boolean): number {
  return rows.reduce((sum, row) => sum + (row.won === won ? row.weight : 0), 0)
}

function byMonth(rows: readonly TrainingRow[]): ModelReadiness['by_month'] {
  return [...Map.groupBy(rows, (row) => row.openedAt.slice(0, 7))]
    .map(([month, own]) => {
      const won = own.filter((row) => row.won).length
      return { month, rows: own.length, won, base_rate: won / own.length }
    })
    .toSorted((one, other) => (one.month < other.month ? -1 : 1))
}

function unknownShares(columns: readonly FeatureColumn[], rows: readonly TrainingRow[]): ModelReadiness['unknown'] {
  return columns
    .map(({ name }, index) => ({
      column: name,
      share: rows.filter((row) => (row.values[index] ?? null) === null).length / Math.max(1, rows.length),
    }))
    .filter(({ share }) => share > 0)
    .toSorted((one, other) => other.share - one.share || (one.column < other.column ? -1 : 1))
}
