import type { ScorerName } from '../../core/evaluation/backtest/scorer-names.ts'
import type { BacktestReport, MetricName, ReportInterval, ScorerMetrics } from '../../core/evaluation/report/report.ts'
import { counted, decimal, percent, type Show, three, times, two, withInterval } from '../format.ts'
import { type Content, html, type Html } from '../html.ts'
import { table, type TableColumn } from '../table.ts'
import { metricName, scorerName } from '../words.ts'

interface ScorerRow {
  readonly name: ScorerName
  readonly scorer: ScorerMetrics
}

const RANKING: readonly MetricName[] = [
  'roc_auc',
  'average_precision',
  'lift_at_capacity',
  'gain_at_capacity',
  'precision_at_capacity',
]
const PROBABILITIES: readonly MetricName[] = [
  'log_loss',
  'brier',
  'brier_skill',
  'observed_expected',
  'calibration_slope',
  'calibration_intercept',
  'ece',
]
const SHOWN: Readonly<Partial<Record<MetricName, Show>>> = {
  lift_at_capacity: times,
  gain_at_capacity: percent,
  precision_at_capacity: percent,
  observed_expected: two,
  calibration_slope: two,
  calibration_intercept: two,
}

/** The model, the baselines and the ablations, on the same rows. */
export function scorersSection({ scorers, unavailable_scorers: unavailable, ...report }: BacktestReport): Html {
  const rows = entriesOf(scorers).map(([name, scorer]): ScorerRow => ({ name, scorer }))
  if (rows.length === 0) return html`<h3>Baselines and ablations</h3><p>Nothing was compared: no fold was run.</p>`
  const missing = entriesOf(unavailable)
  return html`<h3>Baselines and ablations</h3>
<p>A baseline is another way to get a probability. An ablation is the model with something left out. All are evaluated on the same ${counted(scorers.model?.rows ?? 0, 'row')} unless a name carries another number. Each figure stands above its 95% interval; <span class="best">best</span> marks the best figure of those on all rows.</p>
${metricTable(rows, RANKING, `Ranking, at a capacity of ${capacityText(report)}`)}
${metricTable(rows, PROBABILITIES, 'Probabilities')}
${differences(report)}
${missing.length > 0 ? html`<p>Not compared: ${missing.map(([name, why], index) => `${index > 0 ? '; ' : ''}${scorerName(name)} (${why})`)}.</p>` : null}`
}

function capacityText({ capacity }: Pick<BacktestReport, 'capacity'>): string {
  return 'share' in capacity
    ? `the top ${percent(capacity.share)} of the rows`
    : `${decimal(capacity.per_month, 0)} rows a month`
}

/** The entries of a record by scorer, in its order. */
function entriesOf<Value>(
  record: Readonly<Partial<Record<ScorerName, Value>>>,
): readonly (readonly [ScorerName, Value])[] {
  return (Object.keys(record) as ScorerName[]).flatMap((name) => {
    const value = record[name]
    return value === undefined ? [] : [[name, value] as const]
  })
}

function metricTable(rows: readonly ScorerRow[], metrics: readonly MetricName[], caption: string): Html {
  const all = rows.find(({ name }) => name === 'model')?.scorer.rows
  const named: TableColumn<ScorerRow> = {
    title: 'Scorer',
    cell: ({ name, scorer }) =>
      scorer.rows === all
        ? scorerName(name)
        : html`${scorerName(name)} <span class="interval">on ${counted(scorer.rows, 'row')}</span>`,
  }
  const columns = metrics.map((metric): TableColumn<ScorerRow> => {
    const best = bestOf(
      rows.filter(({ scorer }) => scorer.rows === all),
      metric,
    )
    return {
      title: `${metricName(metric)}${arrow(rows, metric)}`,
      numeric: true,
      cell: ({ scorer }) => {
        const isBest = scorer.rows === all && best !== null && scorer[metric].value === best
        const mark: Content = isBest ? html` <span class="best">best</span>` : null
        return withInterval(scorer[metric], SHOWN[metric] ?? three, mark)
      },
    }
  })
  return table({
    caption,
    rows,
    columns: [named, ...columns],
    className: ({ name }) => (name === 'model' ? 'model-row' : ''),
  })
}

/** The value nearest to the metric's best; null where no scorer has one. */
function bestOf(rows: readonly ScorerRow[], metric: MetricName): number | null {
  const values = rows.flatMap(({ scorer }) => scorer[metric].value ?? [])
  const { better } = rows[0]?.scorer[metric] ?? { better: 'lower' }
  const distance = (value: number) =>
    ({ higher: -value, lower: value, near_zero: Math.abs(value), near_one: Math.abs(value - 1) })[better]
  return values.toSorted((a, b) => distance(a) - distance(b))[0] ?? null
}

const DIRECTION = { higher: ' ↑', lower: ' ↓', near_zero: ' → 0', near_one: ' → 1' } as const

function arrow(rows: readonly ScorerRow[], metric: MetricName): string {
  const better = rows[0]?.scorer[metric].better
  return better ? DIRECTION[better] : ''
}

function differences({ differences: found }: Pick<BacktestReport, 'differences'>): Html | null {
  const rows = entriesOf(found)
  if (rows.length === 0) return null
  return table({
    caption:
      'Differences: the model less each scorer, on the same rows and bootstrap replicates. The model is better where the difference of a loss is below 0 and that of the ROC AUC above 0',
    rows,
    columns: [
      { title: 'Compared with', cell: ([name]) => scorerName(name) },
      { title: 'Δ log loss', numeric: true, cell: ([, one]) => withInterval(one.log_loss, three) },
      { title: 'Δ Brier score', numeric: true, cell: ([, one]) => withInterval(one.brier, three) },
      { title: 'Δ ROC AUC', numeric: true, cell: ([, one]) => withInterval(one.roc_auc, three) },
      { title: 'By log loss', cell: ([, one]) => better(one.log_loss) },
    ],
  })
}

function better({ low, high }: ReportInterval): Html {
  if (low === null || high === null) return html`not defined`
  if (low === 0 && high === 0) return html`the same`
  if (high < 0) return html`<span class="passed">model better</span>`
  return low > 0 ? html`<span class="failed">model worse</span>` : html`no significant difference`
}
