import type { ScorerMetrics, BacktestReport } from '../../core/evaluation/report/report.ts'
import { count, decimal, type Interval, percent, type Show, three, times, two, withInterval } from '../format.ts'
import { type Content, html, type Html } from '../html.ts'
import { type Column, table } from '../table.ts'
import { scorerName, metricName } from '../words.ts'

type MetricName = Exclude<keyof ScorerMetrics, 'rows'>
type ScorerRow = readonly [name: string, scorer: ScorerMetrics]

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

/** The model beside everything it has to beat, and beside itself with something missing. */
export function scorersSection(report: BacktestReport): Html {
  const rows = Object.entries(report.scorers).flatMap(([name, scorer]): ScorerRow[] => (scorer ? [[name, scorer]] : []))
  if (rows.length === 0)
    return html`<h3>Against the alternatives</h3><p>No alternative was compared: no fold was run.</p>`
  const missing = Object.entries(report.unavailable_scorers)
  return html`<h3>Against the alternatives</h3>
<p>All on the same ${count(report.scorers['model']?.rows ?? 0)} rows unless another number stands beside the name. Below each figure its 95% interval; <span class="best">best</span> marks the best of those on all rows.</p>
${metricTable(rows, RANKING, `Ranking: who comes first (capacity ${capacityOf(report)})`)}
${metricTable(rows, PROBABILITIES, 'Probabilities: does what is called likely happen')}
${differences(report)}
${missing.length > 0 ? html`<p>Not compared: ${missing.map(([name, why], index) => `${index > 0 ? '; ' : ''}${scorerName(name)}, as ${why}`)}.</p>` : null}`
}

export function capacityOf({ capacity }: BacktestReport): string {
  return 'share' in capacity ? `the best ${percent(capacity.share)}` : `${decimal(capacity.per_month, 0)} a month`
}

function metricTable(rows: readonly ScorerRow[], metrics: readonly MetricName[], caption: string): Html {
  const all = rows.find(([name]) => name === 'model')?.[1].rows
  const named: Column<ScorerRow> = {
    title: 'Scorer',
    cell: ([name, scorer]) =>
      scorer.rows === all
        ? scorerName(name)
        : html`${scorerName(name)} <span class="interval">on ${count(scorer.rows)} rows</span>`,
  }
  const columns = metrics.map((metric): Column<ScorerRow> => {
    const best = bestOf(
      rows.filter(([, scorer]) => scorer.rows === all),
      metric,
    )
    return {
      title: `${metricName(metric)}${arrow(rows, metric)}`,
      numeric: true,
      cell: ([, scorer]) => {
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
    className: ([name]) => (name === 'model' ? 'model-row' : ''),
  })
}

/** The value nearest to where the metric is best; null where no scorer has one. */
function bestOf(rows: readonly ScorerRow[], metric: MetricName): number | null {
  const values = rows.flatMap(([, scorer]) => (scorer[metric].value === null ? [] : [scorer[metric].value]))
  const { better } = rows[0]?.[1][metric] ?? { better: 'lower' }
  const distance = (value: number) =>
    ({ higher: -value, lower: value, near_zero: Math.abs(value), near_one: Math.abs(value - 1) })[better]
  return values.toSorted((a, b) => distance(a) - distance(b))[0] ?? null
}

const DIRECTION = { higher: ' ↑', lower: ' ↓', near_zero: ' → 0', near_one: ' → 1' } as const

function arrow(rows: readonly ScorerRow[], metric: MetricName): string {
  const better = rows[0]?.[1][metric].better
  return better ? DIRECTION[better] : ''
}

type Difference = NonNullable<BacktestReport['differences'][string]>

function differences({ differences: found }: BacktestReport): Html | null {
  const rows = Object.entries(found).flatMap(([name, one]): (readonly [string, Difference])[] =>
    one ? [[name, one]] : [],
  )
  if (rows.length === 0) return null
  return table({
    caption:
      'The model less each alternative, on the same rows and draws. Below zero is better for the two losses, above zero for the ROC AUC',
    rows,
    columns: [
      { title: 'Against', cell: ([name]) => scorerName(name) },
      { title: 'Log loss', numeric: true, cell: ([, one]) => withInterval(one.log_loss, three) },
      { title: 'Brier score', numeric: true, cell: ([, one]) => withInterval(one.brier, three) },
      { title: 'ROC AUC', numeric: true, cell: ([, one]) => withInterval(one.roc_auc, three) },
      { title: 'By log loss', cell: ([, one]) => judged(one.log_loss) },
    ],
  })
}

function judged({ low, high }: Interval): Html {
  if (low === null || high === null) return html`cannot be said`
  if (low === 0 && high === 0) return html`the same`
  if (high < 0) return html`<span class="passed">model better</span>`
  return low > 0 ? html`<span class="failed">model worse</span>` : html`no difference shown`
}
