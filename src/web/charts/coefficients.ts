import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { decimal, list } from '../format.ts'
import { columnName } from '../words.ts'
import { group } from './curves.ts'
import { COLOURS, type Figure } from './figure.ts'

export const DRAWN_COEFFICIENTS = 15
const LONGEST_LABEL = 24

/** The largest coefficients as dots with their intervals, around the line of no effect. */
export function coefficientsFigure({ model, coefficients }: BacktestReport): Figure {
  const points = coefficients.slice(0, DRAWN_COEFFICIENTS).map(({ column, coefficient, low, high }) => ({
    column,
    label: shortened(columnName(column)),
    x: coefficient,
    low,
    high,
  }))
  const reach = Math.max(0.1, ...points.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]))
  const y = { scale: 'y', field: 'column', band: 0.5 }
  return {
    id: `coefficients-${model}`,
    title: `The ${points.length} strongest features`,
    description: `Coefficients in log-odds per standard deviation with 95% intervals: ${list(
      points
        .slice(0, 5)
        .map(({ label, x, low, high }) => `${label} ${decimal(x)} (${decimal(low)} to ${decimal(high)})`),
    )}, and smaller ones.`,
    keys: [
      { label: 'Coefficient', colour: COLOURS.model, kind: 'dot' },
      { label: '95% interval', colour: COLOURS.model },
      { label: 'No effect', colour: COLOURS.quiet, dash: [2, 3] },
    ],
    plot: {
      height: Math.max(60, 20 * points.length),
      width: 195,
      left: 165,
      scales: [
        { name: 'x', type: 'linear', domain: [-reach, reach], range: 'width', nice: true },
        { name: 'y', type: 'band', domain: points.map(({ column }) => column), range: 'height' },
      ],
      axes: [
        {
          orient: 'bottom',
          scale: 'x',
          title: '← lowers   log-odds   raises →',
          tickCount: 5,
          grid: true,
        },
      ],
      marks: [
        group(
          points,
          {
            type: 'rule',
            encode: {
              enter: {
                x: { scale: 'x', value: 0 },
                y: { value: 0 },
                y2: { signal: 'height' },
                stroke: { value: COLOURS.quiet },
                strokeWidth: { value: 1.5 },
                strokeDash: { value: [2, 3] },
              },
            },
          },
          {
            type: 'rule',
            from: { data: 'points' },
            encode: {
              enter: {
                x: { scale: 'x', field: 'low' },
                x2: { scale: 'x', field: 'high' },
                y,
                stroke: { value: COLOURS.model },
                strokeWidth: { value: 2 },
              },
            },
          },
          {
            type: 'symbol',
            from: { data: 'points' },
            encode: {
              enter: { x: { scale: 'x', field: 'x' }, y, fill: { value: COLOURS.model }, size: { value: 45 } },
            },
          },
          {
            type: 'text',
            from: { data: 'points' },
            encode: {
              enter: {
                x: { value: -8 },
                y,
                text: { field: 'label' },
                fill: { value: COLOURS.ink },
                font: { value: 'system-ui, sans-serif' },
                fontSize: { value: 11 },
                align: { value: 'right' },
                baseline: { value: 'middle' },
              },
            },
          },
        ),
      ],
    },
  }
}

/** Features of one family often differ at the end only: the middle goes. */
function shortened(label: string): string {
  if (label.length <= LONGEST_LABEL) return label
  return `${label.slice(0, LONGEST_LABEL - 12).trimEnd()}…${label.slice(-11).trimStart()}`
}
