import type { BacktestReport } from '../core/evaluation/report/report.ts'
import { words } from './format.ts'

type Model = BacktestReport['model']

export interface ModelWords {
  readonly name: string
  readonly question: string
  /** What one row is, in the plural. */
  readonly rows: string
  /** What the label says, as in "40 of them ...". */
  readonly outcome: string
  /** The same as a noun in the plural. */
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

const SCORERS: Readonly<Record<string, string>> = {
  model: 'The model',
  direct: 'One model of both steps at once',
  champion: 'The version in use',
  base_rate: 'Base rate (same chance for all)',
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
  earlier_14_days: 'As of 14 days earlier',
}

export function scorerName(scorer: string): string {
  return SCORERS[scorer] ?? words(scorer)
}

const CONDITIONS: Readonly<Record<string, string>> = {
  calibration_slope: 'High and low probabilities are as far apart as outcomes are (calibration slope)',
  observed_expected: 'As many outcomes as the probabilities add up to (observed / expected)',
  roc_auc: 'Ranks better than chance (ROC AUC)',
  log_loss_base_rate: 'Predicts better than giving everybody the base rate (difference in log loss)',
  log_loss_mql_points: 'Predicts better than the MQL points (difference in log loss)',
  newest_observed_expected: 'In the newest period too, as many outcomes as expected',
  newest_calibration_slope: 'In the newest period too, probabilities as far apart as outcomes',
  log_loss_naive_bayes: 'No worse than naive Bayes (difference in log loss)',
  without_backfilled: 'Does not depend on backfilled facts',
  not_separated: 'A model in every period, and none that gives the outcome away',
  no_critical_leak: 'No critical sign of leakage',
  history: 'Enough history',
  enough_rows: 'Enough outcomes',
  both_outcomes: 'Both outcomes occur',
  features_vary: 'Features vary',
}
const BACKFILLED = 'without_backfilled_'

export function conditionName(condition: string): string {
  const known = CONDITIONS[condition]
  if (known) return known
  if (!condition.startsWith(BACKFILLED)) return words(condition)
  return `Without backfilled facts: ${lowerFirst(conditionName(condition.slice(BACKFILLED.length)))}`
}

const METRICS: Readonly<Record<string, string>> = {
  roc_auc: 'ROC AUC',
  average_precision: 'Average precision',
  log_loss: 'Log loss',
  brier: 'Brier score',
  brier_skill: 'Brier skill',
  calibration_intercept: 'Calibration intercept',
  calibration_slope: 'Calibration slope',
  observed_expected: 'Observed / expected',
  ece: 'Calibration error (ECE)',
  lift_at_capacity: 'Lift',
  gain_at_capacity: 'Share of all found',
  precision_at_capacity: 'Hit rate',
}

export function metricName(metric: string): string {
  return METRICS[metric] ?? words(metric)
}

/** A feature's own name read aloud; levels of a category stay behind an equals sign. */
export function columnName(column: string): string {
  return words(column)
}

export function verdictName(verdict: BacktestReport['verdict']): string {
  return verdict === 'proven' ? 'Proven' : verdict === 'not_proven' ? 'Not proven' : 'Refused'
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
