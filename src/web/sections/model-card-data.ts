import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { count, counted, day, inWords, list, three, two, words } from '../format.ts'
import type { ReportInput } from '../report-input.ts'
import { conditionName } from '../words.ts'
import { type CardSection, perModel } from './model-card-parts.ts'
import { reasons } from './readiness.ts'

export function factors({ models }: ReportInput): CardSection {
  const sliced = (report: BacktestReport) => [...new Set(report.slices.map(({ slice }) => words(slice)))]
  return {
    title: 'Factors',
    fields: [
      {
        name: 'Slices examined',
        value: perModel(models, (_, report) =>
          report.slices.length > 0 ? `${report.slices.length}, by ${list(sliced(report))}` : 'none has enough rows',
        ),
      },
      { name: 'Weakest slice', value: perModel(models, (_, report) => weakestSlice(report)) },
      {
        name: 'Not examined',
        value:
          'Properties of persons: none is stored as a factor, and contacts enter by seniority, department and role only.',
      },
    ],
  }
}

function weakestSlice({ slices }: BacktestReport): string {
  const known = slices.flatMap((slice) => (slice.roc_auc.value === null ? [] : [{ slice, area: slice.roc_auc.value }]))
  const [weakest] = known.toSorted((a, b) => a.area - b.area)
  if (!weakest) return 'cannot be named without slices'
  return `${words(weakest.slice.slice)} ${weakest.slice.value}, ROC AUC ${inWords(weakest.slice.roc_auc, three)}`
}

export function metrics({ models }: ReportInput): CardSection {
  const [first] = models
  return {
    title: 'Metrics',
    fields: [
      { name: 'Ranking', value: 'ROC AUC, average precision; lift, share found and hit rate at capacity.' },
      {
        name: 'Probabilities',
        value:
          'Log loss, Brier score and skill, calibration intercept and slope, observed / expected, calibration error.',
      },
      {
        name: 'Uncertainty',
        value: first
          ? `95% intervals from ${count(first.resampling.replicates)} bootstrap draws of whole accounts.`
          : 'No model was measured.',
      },
      { name: 'Conditions', value: perModel(models, (_, report) => conditionCount(report)) },
    ],
  }
}

function conditionCount({ reasons: all }: BacktestReport): string {
  if (all.length === 0) return 'none examined'
  const failed = all.filter(({ passed }) => !passed)
  return failed.length === 0
    ? `all ${all.length} hold`
    : `${failed.length} of ${all.length} do not hold (${failed.map(({ condition }) => conditionName(condition)).join('; ')})`
}

export function evaluationData({ models }: ReportInput): CardSection {
  return {
    title: 'Evaluation data',
    fields: [
      {
        name: 'Way',
        value:
          'Walk forward: each period is predicted by a model trained on rows whose outcome was complete before it.',
      },
      {
        name: 'Periods',
        value: perModel(models, (_, { folds }) =>
          folds.length === 0
            ? 'none'
            : `${folds.length}, from ${day(folds[0]?.split ?? null)} to ${day(folds.at(-1)?.end ?? null)}`.replace(
                ' to none',
                ' on',
              ),
        ),
      },
      {
        name: 'Tested rows',
        value: perModel(models, (row, { folds }) => {
          const sum = (of: (fold: BacktestReport['folds'][number]) => number) =>
            folds.reduce((total, fold) => total + of(fold), 0)
          return `${count(sum((fold) => fold.test_rows))} ${row.rows}, of which ${count(sum((fold) => fold.test_won))} ${row.outcome}`
        }),
      },
    ],
  }
}

export function trainingData({ models }: ReportInput): CardSection {
  return {
    title: 'Training data',
    fields: [
      {
        name: 'Rows',
        value: perModel(
          models,
          (row, { data }) =>
            `${count(data.rows)} ${row.rows} of ${counted(data.accounts, 'account')}, of which ${count(data.won)} ${row.outcome}`,
        ),
      },
      {
        name: 'Described',
        value: perModel(models, (_, { data }) => `${day(data.first_as_of)} to ${day(data.last_as_of)}`),
      },
      { name: 'Left out before', value: perModel(models, (_, { data }) => reasons(data.excluded)) },
      {
        name: 'Backfilled',
        value: perModel(models, (_, { backfilled }) =>
          backfilled.length === 0 ? 'no feature' : counted(backfilled.length, 'feature'),
        ),
      },
    ],
  }
}

export function quantitativeAnalyses({ models, policyReplay }: ReportInput): CardSection {
  const metric = (name: 'roc_auc' | 'log_loss' | 'observed_expected', show = three) =>
    perModel(models, (_, { scorers }) => (scorers['model'] ? inWords(scorers['model'][name], show) : 'not measured'))
  return {
    title: 'Quantitative analyses',
    fields: [
      { name: 'ROC AUC', value: metric('roc_auc') },
      { name: 'Log loss', value: metric('log_loss') },
      { name: 'Observed / expected', value: metric('observed_expected', two) },
      {
        name: 'Log loss less MQL points',
        value: perModel(models, (_, { differences }) =>
          differences['mql_points']
            ? inWords(differences['mql_points'].log_loss, three)
            : 'there are no points to compare with',
        ),
      },
      { name: 'Policy replay', value: policyReplay ? policyReplay.model.sentence : 'None was made.' },
    ],
  }
}
