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
        name: 'Slices evaluated',
        value: perModel(models, (_, report) =>
          report.slices.length > 0 ? `${report.slices.length}, by ${list(sliced(report))}` : 'no slice has enough rows',
        ),
      },
      { name: 'Weakest slice', value: perModel(models, (_, report) => weakestSlice(report)) },
      {
        name: 'Not evaluated',
        value: 'Properties of persons. None is a factor; contacts count by seniority, department and role only.',
      },
    ],
  }
}

function weakestSlice({ slices }: BacktestReport): string {
  const known = slices.flatMap((slice) => (slice.roc_auc.value === null ? [] : [{ slice, area: slice.roc_auc.value }]))
  const [weakest] = known.toSorted((a, b) => a.area - b.area)
  if (!weakest) return 'not defined without slices'
  return `${words(weakest.slice.slice)} ${weakest.slice.value}, ROC AUC ${inWords(weakest.slice.roc_auc, three)}`
}

export function metrics({ models }: ReportInput): CardSection {
  const [first] = models
  return {
    title: 'Metrics',
    fields: [
      { name: 'Ranking', value: 'ROC AUC, average precision; lift, recall and precision at capacity.' },
      {
        name: 'Probabilities',
        value:
          'Log loss, Brier score and skill, calibration intercept and slope, observed/expected ratio, expected calibration error.',
      },
      {
        name: 'Uncertainty',
        value: first
          ? `95% intervals from ${count(first.resampling.replicates)} bootstrap replicates that resample whole accounts.`
          : 'No model was evaluated.',
      },
      { name: 'Conditions', value: perModel(models, (_, report) => conditionCount(report)) },
    ],
  }
}

function conditionCount({ reasons: all }: BacktestReport): string {
  if (all.length === 0) return 'none evaluated'
  const failed = all.filter(({ passed }) => !passed)
  return failed.length === 0
    ? `all ${all.length} passed`
    : `${failed.length} of ${all.length} failed (${failed.map(conditionName).join('; ')})`
}

export function evaluationData({ models }: ReportInput): CardSection {
  return {
    title: 'Evaluation data',
    fields: [
      {
        name: 'Method',
        value:
          'Walk forward: a model trained on rows whose label window had ended before a period predicts that period.',
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
        name: 'As-of dates',
        value: perModel(models, (_, { data }) => `${day(data.first_as_of)} to ${day(data.last_as_of)}`),
      },
      { name: 'Excluded', value: perModel(models, (_, { data }) => reasons(data.excluded)) },
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
    perModel(models, (_, { scorers }) => (scorers.model ? inWords(scorers.model[name], show) : 'not evaluated'))
  return {
    title: 'Quantitative analyses',
    fields: [
      { name: 'ROC AUC', value: metric('roc_auc') },
      { name: 'Log loss', value: metric('log_loss') },
      { name: 'Observed/expected ratio', value: metric('observed_expected', two) },
      {
        name: 'Δ log loss vs. MQL points',
        value: perModel(models, (_, { differences }) =>
          differences.mql_points ? inWords(differences.mql_points.log_loss, three) : 'the data hold no MQL points',
        ),
      },
      { name: 'Policy replay', value: policyReplay ? policyReplay.model.sentence : 'Not run.' },
    ],
  }
}
