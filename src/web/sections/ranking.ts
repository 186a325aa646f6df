import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { barsFigure } from '../charts/bars.ts'
import { drawFigure } from '../charts/figure.ts'
import { gainFigure, liftFigure, pointAt, rocFigure } from '../charts/ranking.ts'
import { count, day, percent, times, withInterval } from '../format.ts'
import { html, type Html } from '../html.ts'
import { foldedTable, table } from '../table.ts'
import { modelWords } from '../words.ts'

/** Gain, lift and ROC curves, and a table of score bands. */
export async function rankingSection(report: BacktestReport): Promise<Html> {
  const { outcomes } = modelWords(report.model)
  const curves = report.gain_curve['model']
  if (!curves || curves.length === 0)
    return html`<h3>Ranking</h3><p>There are no gain, lift and ROC curves: no fold was run.</p>`
  const figures = [gainFigure(report, outcomes), liftFigure(report, outcomes), rocFigure(report, outcomes)]
  return html`<h3>Ranking</h3>
<div class="charts">${await Promise.all(figures.map(drawFigure))}</div>
${bandTable(report)}`
}

type CurveScorer = 'model' | 'mql_points'

const EDGES = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 1] as const

function bandTable(report: BacktestReport): Html {
  const { rows: what, outcomes } = modelWords(report.model)
  const gainAt = (scorer: CurveScorer, share: number) => pointAt(report.gain_curve[scorer], share)?.gain.value ?? null
  const within = (scorer: CurveScorer, from: number, to: number) => {
    const [first, last] = [gainAt(scorer, from), gainAt(scorer, to)]
    return first === null || last === null ? null : last - first
  }
  const bands = EDGES.slice(1).map((to, index) => {
    const from = EDGES[index] ?? 0
    return { from, to, model: within('model', from, to), rule: within('mql_points', from, to) }
  })
  const hasRule = report.gain_curve['mql_points'] !== undefined
  const outcome = report.model === 'in_market' ? 'opened' : 'won'
  return table({
    caption: `Score bands: share of the ${what}, best first, and share of the ${outcomes}`,
    rows: bands,
    columns: [
      {
        title: 'Band',
        cell: ({ from, to }) => (from === 0 ? `Top ${percent(to)}` : `${percent(from)} to ${percent(to)}`),
      },
      { title: 'Share of the list', numeric: true, cell: ({ from, to }) => percent(to - from) },
      { title: `Share ${outcome}, by the model`, numeric: true, cell: ({ model }) => percent(model) },
      {
        title: 'Lift',
        numeric: true,
        cell: ({ from, to, model }) => times(model === null ? null : model / (to - from)),
      },
      ...(hasRule
        ? [
            {
              title: `Share ${outcome}, by MQL points`,
              numeric: true,
              cell: ({ rule }: { rule: number | null }) => percent(rule),
            },
          ]
        : []),
    ],
  })
}

/** The buying stages, and whether opening rates rise from stage to stage. */
export async function stagesSection({ model, stages }: BacktestReport): Promise<Html> {
  if (!stages)
    return html`<h3>Buying stages</h3><p>${model === 'in_market' ? 'No stage boundaries were chosen: no fold was run.' : 'Only the in-market model has stages.'}</p>`
  const shown = stages.pooled.filter(({ rows }) => rows > 0)
  const figure = barsFigure({
    id: `stages-${model}`,
    title: 'Share of accounts and of openings, by stage',
    description: shown
      .map((one) => `${one.stage}: ${percent(one.share)} of accounts, ${percent(one.share_of_opened)} of openings`)
      .join('; '),
    firstLabel: 'Share of accounts',
    secondLabel: 'Share of openings',
    rows: shown.map((one) => ({
      label: capital(one.stage),
      first: 100 * (one.share ?? 0),
      second: 100 * (one.share_of_opened ?? 0),
    })),
  })
  return html`<h3>Buying stages</h3>
<p>${stages.rates_rise ? 'Opening rates rise from stage to stage' : 'Opening rates do not rise from stage to stage'} on account-months that were not used to choose the boundaries.</p>
${shown.length > 0 ? html`<div class="charts">${await drawFigure(figure)}</div>` : null}
${table({
  caption: 'Stages on later account-months, and the openings that followed',
  rows: stages.pooled,
  columns: [
    { title: 'Stage', cell: ({ stage }) => capital(stage) },
    { title: 'Rows', numeric: true, cell: ({ rows }) => count(rows) },
    { title: 'Share of accounts', numeric: true, cell: ({ share }) => percent(share) },
    { title: 'Share of openings', numeric: true, cell: (one) => percent(one.share_of_opened) },
    { title: 'Opening rate', numeric: true, cell: (one) => withInterval(one.opening_rate, percent) },
  ],
})}
${
  stages.recommended.length === 0
    ? html`<p>There was not enough history to choose stage boundaries.</p>`
    : table({
        caption: 'Recommended stage boundaries',
        rows: stages.recommended,
        columns: [
          { title: 'Stage', cell: ({ stage }) => capital(stage) },
          { title: 'From a probability of', numeric: true, cell: ({ from }) => percent(from) },
          { title: 'Times the base rate', numeric: true, cell: (one) => times(one.times_base_rate) },
        ],
      })
}`
}

/** The recommended threshold, and how earlier thresholds did. */
export function thresholdSection({ thresholds }: BacktestReport): Html {
  if (!thresholds) return html`<h3>Threshold</h3><p>No threshold was chosen: no fold was run.</p>`
  const { pooled, recommended, folds } = thresholds
  return html`<h3>Threshold</h3>
<p>${recommended.threshold === null ? 'No threshold can be recommended' : `Recommended: ${percent(recommended.threshold)}`}. Basis: ${recommended.basis}.</p>
${foldedTable('Thresholds in past periods', {
  caption: 'Each threshold was chosen on rows before the period and applied once to the period',
  rows: folds,
  columns: [
    { title: 'Period from', cell: ({ split }) => day(split) },
    {
      title: 'Threshold',
      numeric: true,
      cell: ({ threshold, reason }) => (threshold === null ? (reason ?? 'none') : percent(threshold)),
    },
    {
      title: 'Rate before the period',
      numeric: true,
      cell: (fold) => (fold.threshold === null ? 'none' : percent(fold.chosen_on.observed_rate)),
    },
    {
      title: 'Listed in the period',
      numeric: true,
      cell: ({ test }) => (test ? `${count(test.listed)} of ${count(test.rows)}` : 'none'),
    },
    { title: 'Rate in the period', numeric: true, cell: ({ test }) => (test ? percent(test.observed_rate) : 'none') },
  ],
})}
<p>All periods together: ${count(pooled.listed)} of ${count(pooled.rows)} listed, ${count(pooled.won)} of them with the outcome, a rate of ${withInterval(pooled.observed_rate, percent)}.</p>`
}

function capital(stage: string): string {
  return stage.charAt(0).toUpperCase() + stage.slice(1)
}
