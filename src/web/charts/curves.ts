import type { Axis, Mark, Scale } from 'vega'
import { COLOURS, type Key, type Plot } from './figure.ts'

export interface CurvePoint {
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

export interface Series {
  readonly key: Key
  readonly points: readonly CurvePoint[]
  /** Whether intervals are drawn. */
  readonly band: boolean
}

export interface CurveOptions {
  readonly series: readonly Series[]
  readonly xTitle: string
  readonly yTitle: string
  readonly xDomain: readonly [number, number]
  readonly yDomain: readonly [number, number]
  /** x counts milliseconds since 1970. */
  readonly isTime?: boolean
  /** A thin dashed line of what chance gives. */
  readonly reference?: readonly CurvePoint[]
}

/** Lines over a plane, the last series on top, with bands where they have intervals. */
export function curvesPlot(options: CurveOptions): Plot {
  const { series, reference } = options
  return {
    scales: curveScales(options),
    axes: curveAxes(options),
    marks: [
      ...(reference ? [line(reference, COLOURS.quiet, [2, 3], 1.5)] : []),
      ...series.filter(({ band }) => band).map(band),
      ...series.map(({ key, points }) => line(points, key.colour, key.dash ?? [], 2.2)),
    ],
  }
}

export function curveScales({
  isTime,
  xDomain,
  yDomain,
}: Pick<CurveOptions, 'isTime' | 'xDomain' | 'yDomain'>): Scale[] {
  return [
    { name: 'x', type: isTime ? 'utc' : 'linear', domain: [...xDomain], range: 'width', nice: false },
    { name: 'y', type: 'linear', domain: [...yDomain], range: 'height', nice: false },
  ]
}

type AxisOptions = Pick<CurveOptions, 'isTime' | 'xTitle' | 'yTitle' | 'xDomain'>

export function curveAxes({ isTime, xTitle, yTitle, xDomain }: AxisOptions): Axis[] {
  return [
    {
      orient: 'bottom',
      scale: 'x',
      title: xTitle,
      tickCount: 5,
      ...(isTime ? monthly(xDomain) : {}),
    },
    { orient: 'left', scale: 'y', title: yTitle, tickCount: 5, grid: true, ticks: false, domain: false },
  ]
}

const MONTH_MS = 30.44 * 86_400_000

/** At most five labels, on the firsts of months. */
function monthly([from, to]: readonly [number, number]): Partial<Axis> {
  const step = [1, 2, 3, 6, 12, 24, 60].find((months) => (to - from) / MONTH_MS / months <= 4) ?? 120
  return { format: '%b %Y', labelFlush: true, tickCount: { interval: 'month', step } }
}

function line(points: readonly CurvePoint[], colour: string, dash: readonly number[], width: number): Mark {
  return group(points, {
    type: 'line',
    from: { data: 'points' },
    encode: {
      enter: {
        x: { scale: 'x', field: 'x' },
        y: { scale: 'y', field: 'y' },
        stroke: { value: colour },
        strokeWidth: { value: width },
        strokeDash: { value: [...dash] },
      },
    },
  })
}

function band({ key, points }: Series): Mark {
  const known = points.filter(({ low, high }) => low !== undefined && high !== undefined)
  return group(known, {
    type: 'area',
    from: { data: 'points' },
    encode: {
      enter: {
        x: { scale: 'x', field: 'x' },
        y: { scale: 'y', field: 'low' },
        y2: { scale: 'y', field: 'high' },
        fill: { value: key.colour },
        fillOpacity: { value: 0.2 },
      },
    },
  })
}

/** Marks with data of their own. */
export function group(points: readonly object[], ...marks: Mark[]): Mark {
  return { type: 'group', data: [{ name: 'points', values: [...points] }], marks }
}
