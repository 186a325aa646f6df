import type { ScorerName } from '../core/evaluation/backtest/scorer-names.ts'
import type { BacktestReport, MetricName } from '../core/evaluation/report/report.ts'
import { words } from './format.ts'

type Model = BacktestReport['model']

export interface ModelWords {
  readonly name: string
  readonly question: string
  /** What the rows are, in the plural. */
  readonly rows: string
  /** What the label says, as in "40 opened an opportunity". */
  readonly outcome: string
  /** The positive outcomes, in the plural. */
  readonly outcomes: string
}

const MODELS: Readonly<Record<Model, ModelWords>> = {
  in_market: {
    name: 'In-market model',
    question: 'Will an opportunity open soon?',
    rows: 'account-months',
    outcome: 'opened an opportunity',
    outcomes: 'openings',
  },
  win: {
    name: 'Win model',
    question: 'If an opportunity opens, would we win it?',
    rows: 'opportunities',
    outcome: 'were won',
    outcomes: 'wins',
  },
  qualified: {
    name: 'Qualified probability',
    question: 'Will an opportunity open soon and be won? (in-market × win)',
    rows: 'account-months',
    outcome: 'opened an opportunity that was won',
    outcomes: 'wins',
  },
}

export function modelWords(model: Model): ModelWords {
  return MODELS[model]
}

const SCORERS: Readonly<Record<ScorerName, string>> = {
  model: 'The model',
  direct: 'One model for both steps',
  champion: 'The champion',
  base_rate: 'Base rate (the same probability for all)',
  best_single_feature: 'Best single feature',
  mql_points: 'MQL points',
  naive_bayes: 'Naive Bayes',
  account_fit_only: 'Account fit only',
  contact_fit_only: 'Contact fit only',
  engagement_only: 'Engagement only',
  intent_only: 'Intent only',
  without_account_fit: 'Without account fit',
  without_contact_fit: 'Without contact fit',
  without_engagement: 'Without engagement',
  without_intent: 'Without intent',
  without_backfilled: 'Without backfilled facts',
  earlier_14_days: 'Without the last 14 days',
}

export function scorerName(scorer: ScorerName): string {
  return SCORERS[scorer]
}

type Reason = BacktestReport['reasons'][number]

const CONDITIONS: Readonly<Record<Reason['condition'], string>> = {
  calibration_slope: 'Probabilities are neither too extreme nor too flat (calibration slope)',
  observed_expected: 'Probabilities add up to the number of outcomes (observed/expected ratio)',
  roc_auc: 'Ranks better than chance (ROC AUC)',
  log_loss_base_rate: 'Predicts better than the base rate (Δ log loss)',
  log_loss_mql_points: 'Predicts better than the MQL points (Δ log loss)',
  log_loss_naive_bayes: 'Predicts no worse than naive Bayes (Δ log loss)',
  baselines_compared: 'Compared with every required baseline',
  without_backfilled: 'Does not depend on backfilled facts',
  not_separated: 'A model in every period, and no feature that separates the outcomes',
  no_critical_leak: 'No critical finding of target leakage',
  history: 'Enough history',
  enough_rows: 'Enough outcomes',
  both_outcomes: 'Both outcomes occur',
  features_vary: 'Features vary',
  has_probabilities: 'Rows with a probability',
  model_trained: 'A model in at least one period',
}

const EVALUATIONS: Readonly<Record<Reason['evaluation'], string>> = {
  all_folds: '',
  newest_fold: 'Newest period: ',
  without_backfilled: 'Without backfilled facts: ',
}

export function conditionName({ condition, evaluation }: Pick<Reason, 'condition' | 'evaluation'>): string {
  const name = CONDITIONS[condition]
  return evaluation === 'all_folds' ? name : `${EVALUATIONS[evaluation]}${lowerFirst(name)}`
}

/** What a figure's interval must do; `none` where the condition is not a limit on a figure. */
export function limitText({ limit }: Pick<Reason, 'limit'>): string {
  if (!limit) return 'none'
  if (limit.interval === 'above') return `interval above ${limit.low}`
  if (limit.interval === 'below') return `interval below ${limit.high}`
  return `interval overlaps ${limit.low} to ${limit.high}`
}

const METRICS: Readonly<Record<MetricName, string>> = {
  roc_auc: 'ROC AUC',
  average_precision: 'Average precision',
  log_loss: 'Log loss',
  brier: 'Brier score',
  brier_skill: 'Brier skill',
  calibration_intercept: 'Calibration intercept',
  calibration_slope: 'Calibration slope',
  observed_expected: 'Observed/expected ratio',
  ece: 'Expected calibration error',
  lift_at_capacity: 'Lift',
  gain_at_capacity: 'Recall',
  precision_at_capacity: 'Precision',
}

export function metricName(metric: MetricName): string {
  return METRICS[metric]
}

/** A feature's name as words. The level of a category follows an equals sign. */
export function columnName(column: string): string {
  return words(column)
}

export function verdictName(verdict: BacktestReport['verdict']): string {
  return verdict === 'proven' ? 'Proven' : verdict === 'not_proven' ? 'Not proven' : 'Refused'
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
