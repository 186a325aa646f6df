import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { drawFigure } from '../charts/figure.ts'
import { reliabilityFigure } from '../charts/reliability.ts'
import { count, decimal, inWords, percent, two } from '../format.ts'
import { html, type Html } from '../html.ts'
import { foldedTable } from '../table.ts'
import { modelWords } from '../words.ts'

export async function calibrationSection(report: BacktestReport): Promise<Html> {
  const { calibration_curve: bins, calibration_noise: noise, scorers } = report
  const { outcomes } = modelWords(report.model)
  if (bins.length === 0) return html`<h3>Calibration</h3><p>There is no reliability curve: no fold was run.</p>`
  const ratio = scorers['model']?.observed_expected
  return html`<h3>Calibration</h3>
${ratio ? html`<p>The observed/expected ratio of ${outcomes} is ${inWords(ratio, two)}.</p>` : null}
${noise ? html`<p>${noiseSentence(noise)}</p>` : null}
<div class="charts">${await drawFigure(reliabilityFigure(report, outcomes))}</div>
${foldedTable('The curve as a table', {
  caption:
    'Groups of equal size by probability: predicted and observed rate, and the 95% range of observed rates for exact probabilities',
  rows: bins,
  columns: [
    { title: 'Probabilities', cell: ({ lowest, highest }) => `${percent(lowest)} to ${percent(highest)}` },
    { title: 'Rows, by weight', numeric: true, cell: ({ weight }) => count(weight) },
    { title: 'Predicted', numeric: true, cell: (bin) => percent(bin.mean_probability) },
    { title: 'Observed', numeric: true, cell: (bin) => percent(bin.won_rate) },
    { title: '95% range', numeric: true, cell: ({ low, high }) => `${percent(low)} to ${percent(high)}` },
    {
      title: 'Within the range',
      cell: ({ won_rate, low, high }) =>
        won_rate >= low && won_rate <= high ? 'yes' : won_rate < low ? 'below' : 'above',
    },
  ],
})}`
}

function noiseSentence(noise: NonNullable<BacktestReport['calibration_noise']>): string {
  const told = `The expected calibration error is ${decimal(noise.ece)}. For exact probabilities chance alone gives ${decimal(noise.mean_of_perfect)} on average and at most ${decimal(noise.p95_of_perfect)} in 95 of 100 cases`
  return noise.within_noise ? `${told}: no miscalibration is shown.` : `${told}: the model is miscalibrated.`
}
