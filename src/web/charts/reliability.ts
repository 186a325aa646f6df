import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { percent } from '../format.ts'
import { curveAxes, curveScales, group } from './curves.ts'
import { COLOURS, type Figure } from './figure.ts'

/** Predicted and observed rates, with the range that chance gives exact probabilities. */
export function reliabilityFigure(
  { model, calibration_curve: bins }: Pick<BacktestReport, 'model' | 'calibration_curve'>,
  outcomes: string,
): Figure {
  const points = bins.map((bin) => ({
    x: 100 * bin.mean_probability,
    y: 100 * bin.won_rate,
    low: 100 * bin.low,
    high: 100 * bin.high,
    inside: bin.won_rate >= bin.low && bin.won_rate <= bin.high,
  }))
  const highest = Math.max(5, ...points.flatMap(({ x, y, high }) => [x, y, high]))
  const domain = [0, Math.min(100, Math.ceil(highest / 5) * 5)] as const
  const axes = {
    xTitle: 'Predicted (%)',
    yTitle: 'Observed (%)',
    xDomain: domain,
    yDomain: domain,
  }
  const inside = points.filter((point) => point.inside).length
  const position = { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'y' } }
  return {
    id: `reliability-${model}`,
    title: 'Reliability: predicted and observed',
    description: `Mean predicted probability and share of ${outcomes} in ${bins.length} groups of equal size: ${bins
      .map((bin) => `${percent(bin.mean_probability)} predicted, ${percent(bin.won_rate)} observed`)
      .join('; ')}. ${inside} of ${bins.length} lie within the range of chance.`,
    keys: [
      { label: `A tenth of the rows, by probability`, colour: COLOURS.model, kind: 'dot' },
      { label: '95% range for exact probabilities', colour: COLOURS.model, kind: 'area' },
      { label: 'Predicted = observed', colour: COLOURS.quiet, dash: [2, 3] },
    ],
    plot: {
      height: 230,
      scales: curveScales(axes),
      axes: curveAxes(axes),
      marks: [
        group(
          points,
          {
            type: 'area',
            from: { data: 'points' },
            encode: {
              enter: {
                x: { scale: 'x', field: 'x' },
                y: { scale: 'y', field: 'low' },
                y2: { scale: 'y', field: 'high' },
                fill: { value: COLOURS.model },
                fillOpacity: { value: 0.2 },
              },
            },
          },
          {
            type: 'rule',
            encode: {
              enter: {
                x: { scale: 'x', value: domain[0] },
                y: { scale: 'y', value: domain[0] },
                x2: { scale: 'x', value: domain[1] },
                y2: { scale: 'y', value: domain[1] },
                stroke: { value: COLOURS.quiet },
                strokeWidth: { value: 1.5 },
                strokeDash: { value: [2, 3] },
              },
            },
          },
          {
            type: 'line',
            from: { data: 'points' },
            encode: { enter: { ...position, stroke: { value: COLOURS.model }, strokeWidth: { value: 1.2 } } },
          },
          {
            type: 'symbol',
            from: { data: 'points' },
            encode: { enter: { ...position, fill: { value: COLOURS.model }, size: { value: 50 } } },
          },
        ),
      ],
    },
  }
}
