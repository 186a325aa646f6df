import type { Mark } from 'vega'
import { COLOURS, type Figure } from './figure.ts'
import { group } from './curves.ts'

export interface ShareRow {
  readonly label: string
  /** In percent. */
  readonly first: number
  readonly second: number
}

export interface SharesOptions extends Pick<Figure, 'id' | 'title' | 'description'> {
  readonly rows: readonly ShareRow[]
  readonly firstLabel: string
  readonly secondLabel: string
}

/** A bar chart with two shares a row: of the accounts, and of the outcomes. */
export function barsFigure({ rows, firstLabel, secondLabel, ...figure }: SharesOptions): Figure {
  const highest = Math.max(10, ...rows.flatMap(({ first, second }) => [first, second]))
  const rectangle = (field: 'first' | 'second', colour: string, offset: number): Mark => ({
    type: 'rect',
    from: { data: 'points' },
    encode: {
      enter: {
        x: { scale: 'x', value: 0 },
        x2: { scale: 'x', field },
        y: { scale: 'y', field: 'label', band: offset },
        height: { scale: 'y', band: 0.5 },
        fill: { value: colour },
      },
    },
  })
  return {
    ...figure,
    keys: [
      { label: firstLabel, colour: COLOURS.quiet, kind: 'rectangle' },
      { label: secondLabel, colour: COLOURS.model, kind: 'rectangle' },
    ],
    plot: {
      height: 34 * rows.length,
      width: 260,
      left: 90,
      scales: [
        { name: 'x', type: 'linear', domain: [0, highest], range: 'width', nice: true },
        { name: 'y', type: 'band', domain: rows.map(({ label }) => label), range: 'height', padding: 0.25 },
      ],
      axes: [
        { orient: 'bottom', scale: 'x', title: 'Share (%)', tickCount: 5, grid: true },
        { orient: 'left', scale: 'y', ticks: false },
      ],
      marks: [group(rows, rectangle('first', COLOURS.quiet, 0), rectangle('second', COLOURS.model, 0.5))],
    },
  }
}
