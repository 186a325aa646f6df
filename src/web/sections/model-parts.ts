import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { coefficientsFigure } from '../charts/coefficients.ts'
import { drawFigure } from '../charts/figure.ts'
import { count, counted, day, decimal, percent, three, two, withInterval, words } from '../format.ts'
import { html, type Html } from '../html.ts'
import { foldedTable, table } from '../table.ts'
import { columnName, modelWords } from '../words.ts'

const MOST_COEFFICIENTS = 40

export function slicesSection({ slices, model }: BacktestReport): Html {
  if (slices.length === 0)
    return html`<h3>Slices</h3><p>There are no slices: the data name none, or none has 50 tested rows.</p>`
  return html`<h3>Slices</h3>
${table({
  caption: 'Slices of the tested rows. Where Δ log loss is below 0, the model predicts better than the base rate',
  rows: slices,
  columns: [
    { title: 'Slice', cell: ({ slice, value }) => `${words(slice)}: ${value}` },
    { title: 'Rows', numeric: true, cell: ({ rows }) => count(rows) },
    { title: sentenceCase(modelWords(model).outcomes), numeric: true, cell: ({ won }) => count(won) },
    { title: 'ROC AUC', numeric: true, cell: ({ roc_auc }) => withInterval(roc_auc, three) },
    {
      title: 'Δ log loss vs. base rate',
      numeric: true,
      cell: (one) => withInterval(one.log_loss_less_base_rate, three),
    },
    { title: 'Observed/expected ratio', numeric: true, cell: (one) => withInterval(one.observed_expected, two) },
  ],
})}`
}

type Coefficient = BacktestReport['coefficients'][number]

export async function coefficientsSection(report: BacktestReport): Promise<Html> {
  const { coefficients } = report
  if (coefficients.length === 0) return html`<h3>Coefficients</h3><p>There are none: no fold has a model.</p>`
  const shown = coefficients.slice(0, MOST_COEFFICIENTS)
  const rest = coefficients.length - shown.length
  return html`<h3>Coefficients</h3>
<p>The model of the newest period, largest coefficients first. Each sentence compares two accounts that differ by one standard deviation in this feature only. Coefficients show association, not cause.</p>
<div class="charts">${await drawFigure(coefficientsFigure(report))}</div>
${table({
  caption: 'Coefficients with 95% intervals',
  rows: shown,
  columns: [
    { title: 'Feature', cell: ({ column }) => columnName(column) },
    { title: 'Family', cell: ({ family }) => words(family) },
    { title: 'Effect', cell: coefficientSentence },
    { title: 'Log-odds', numeric: true, cell: (one) => withInterval({ ...one, value: one.coefficient }, three) },
    { title: 'Folds with the same sign', numeric: true, cell: (one) => `${one.same_sign_folds} of ${one.folds}` },
  ],
})}
${rest > 0 ? html`<p>${counted(rest, 'smaller coefficient')} not shown; the JSON report has all.</p>` : null}`
}

/** `Raises the odds by 33% (19% to 50%)`, from log-odds. */
export function coefficientSentence({ coefficient, low, high }: Coefficient): string {
  if (coefficient === 0 && low === 0 && high === 0) return 'Has no effect'
  const sign = coefficient < 0 ? -1 : 1
  const change = (logOdds: number) => Math.exp(logOdds) - 1
  const size = sign * change(coefficient)
  const [weak, strong] = sign < 0 ? [-change(high), -change(low)] : [change(low), change(high)]
  const verb = sign < 0 ? 'Lowers' : 'Raises'
  if (low > 0 || high < 0) return `${verb} the odds by ${percent(size)} (${percent(weak)} to ${percent(strong)})`
  const from = change(low)
  return `No significant effect on the odds: ${signedPercent(from)} to ${signedPercent(change(high))}`
}

function signedPercent(share: number): string {
  return share > 0 ? `+${percent(share)}` : percent(share)
}

export function ageSection({ model_age: ages }: BacktestReport): Html {
  if (ages.length === 0)
    return html`<h3>Model age</h3><p>The effect of model age was not evaluated: that requires two folds.</p>`
  const worse = ages.find(({ log_loss_less_fresh: { low } }) => low !== null && low > 0)
  return html`<h3>Model age</h3>
<p>${worse ? `After ${decimal(worse.months_old, 1)} months a model predicts significantly worse than a new one. Train again before then.` : 'No older model predicted significantly worse than a new one on the same rows.'}</p>
${table({
  caption: 'Older models on newer rows, compared with a new model on the same rows',
  rows: ages,
  columns: [
    { title: 'Age', cell: ({ months_old }) => `${decimal(months_old, 1)} months` },
    { title: 'Rows', numeric: true, cell: ({ rows }) => count(rows) },
    { title: 'ROC AUC', numeric: true, cell: ({ roc_auc }) => withInterval(roc_auc, three) },
    { title: 'Log loss', numeric: true, cell: ({ log_loss }) => withInterval(log_loss, three) },
    { title: 'Δ log loss vs. new model', numeric: true, cell: (one) => withInterval(one.log_loss_less_fresh, three) },
  ],
})}`
}

export function penaltySection({ penalty_sensitivity: trials }: BacktestReport): Html {
  if (trials.length === 0) return html`<h3>Penalty sensitivity</h3><p>Other penalties were not evaluated.</p>`
  const better = trials.filter(({ log_loss_less_chosen: { high } }) => high !== null && high < 0)
  return html`<h3>Penalty sensitivity</h3>
<p>${better.length > 0 ? `${counted(better.length, 'other penalty', 'other penalties')} predicted significantly better than the chosen one.` : 'No other penalty predicted significantly better than the chosen one.'}</p>
${foldedTable('The penalties as a table', {
  caption: 'The same model with more and less shrinkage',
  rows: trials,
  columns: [
    {
      title: 'Penalty',
      cell: ({ multiplier }) =>
        multiplier === 1 ? 'the chosen one' : `${decimal(multiplier, multiplier < 1 ? 2 : 1)} × the chosen one`,
    },
    { title: 'Rows', numeric: true, cell: ({ rows }) => count(rows) },
    { title: 'ROC AUC', numeric: true, cell: ({ roc_auc }) => withInterval(roc_auc, three) },
    { title: 'Log loss', numeric: true, cell: ({ log_loss }) => withInterval(log_loss, three) },
    { title: 'Δ log loss vs. chosen', numeric: true, cell: (one) => withInterval(one.log_loss_less_chosen, three) },
  ],
})}`
}

export function foldsSection({ folds, reasons }: BacktestReport): Html {
  if (folds.length === 0) {
    const why = reasons.map(({ sentence }) => sentence).join('; ')
    return html`<h3>Periods</h3><p>There are no periods: ${why}.</p>`
  }
  return html`<h3>Periods</h3>
${table({
  caption: 'Each model was trained on rows whose label window had ended before its period began',
  rows: folds,
  columns: [
    { title: 'Period', cell: ({ split, end }) => `${day(split)} to ${end ? day(end) : 'the end'}` },
    { title: 'Trained on', numeric: true, cell: (fold) => `${count(fold.train_rows)} (${count(fold.train_won)})` },
    { title: 'Tested on', numeric: true, cell: (fold) => `${count(fold.test_rows)} (${count(fold.test_won)})` },
    {
      title: 'Excluded',
      numeric: true,
      cell: ({ left_out: out }) => count(out.not_mature_at_split + out.described_before_split + out.not_mature_at_end),
    },
    {
      title: 'ROC AUC',
      numeric: true,
      cell: ({ scorers, failure }) =>
        scorers.model ? withInterval(scorers.model.roc_auc, three) : (failure?.sentence ?? 'no model'),
    },
    {
      title: 'Penalty',
      numeric: true,
      cell: (fold) => (fold.l2_penalty === null ? 'none' : decimal(fold.l2_penalty, 2)),
    },
    {
      title: 'Best single feature',
      cell: (fold) => (fold.best_single_feature ? columnName(fold.best_single_feature) : 'none'),
    },
  ],
})}
<p class="note">Rows, with the number of positive outcomes in brackets. Excluded: the label was right-censored, or the as-of lies before the period and the opening in it.</p>`
}

export function backfilledSection({ backfilled }: BacktestReport): Html {
  if (backfilled.length === 0) return html`<h3>Backfilled facts</h3><p>No feature holds a backfilled fact.</p>`
  return html`<h3>Backfilled facts</h3>
${table({
  caption: 'Features with facts that came without a date and count from an assumed date',
  rows: backfilled,
  columns: [
    { title: 'Feature', cell: ({ column }) => columnName(column) },
    { title: 'Share of rows', numeric: true, cell: ({ share }) => percent(share) },
  ],
})}`
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
