import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { list, percent, times } from '../format.ts'
import { scorerName } from '../words.ts'
import { curvesPlot, type CurvePoint, type Series } from './curves.ts'
import { COLOURS, type Figure, type Key } from './figure.ts'

/** In drawing order: the last one is on top. */
const SCORERS = ['naive_bayes', 'mql_points', 'model'] as const
type CurveScorer = (typeof SCORERS)[number]

const DASHES: Readonly<Record<CurveScorer, readonly number[]>> = { model: [], mql_points: [7, 3], naive_bayes: [2, 2] }

export function scorerKey(scorer: CurveScorer): Key {
  return { label: scorerName(scorer), colour: COLOURS[scorer], dash: DASHES[scorer] }
}

type GainPoint = NonNullable<BacktestReport['gain_curve']['model']>[number]

export function gainFigure({ model, gain_curve }: BacktestReport, outcomes: string): Figure {
  const series = seriesOf(gain_curve, (points) => points.map(({ share, gain }) => ({ share, interval: gain })), 100)
  const told = [0.1, 0.2, 0.3].flatMap((wanted) => {
    const point = pointAt(gain_curve['model'], wanted)
    return point ? [`the top ${percent(wanted)} contain ${percent(point.gain.value)}`] : []
  })
  return {
    id: `gain-${model}`,
    title: `Gain: share of all ${outcomes} found`,
    description: `Share of all ${outcomes} found against share of the ranked list, best first. Ranked by the model, ${list(told)} of the ${outcomes}. Ranked at random, each share of the list contains the same share of the ${outcomes}.`,
    keys: [...keysOf(series), CHANCE],
    plot: curvesPlot({
      series,
      xTitle: 'Share of the list, best first (%)',
      yTitle: `Share of ${outcomes} found (%)`,
      xDomain: [0, 100],
      yDomain: [0, 100],
      reference: [
        { x: 0, y: 0 },
        { x: 100, y: 100 },
      ],
    }),
  }
}

export function liftFigure({ model, gain_curve }: BacktestReport, outcomes: string): Figure {
  const series = seriesOf(gain_curve, (points) => points.map(({ share, lift }) => ({ share, interval: lift })), 1)
  const highest = Math.max(1, ...series.flatMap(({ points }) => points.map(({ y, high }) => Math.max(y, high ?? y))))
  const at = (wanted: number) => pointAt(gain_curve['model'], wanted)?.lift.value ?? null
  return {
    id: `lift-${model}`,
    title: `Lift: ${outcomes} compared with a random order`,
    description: `Rate of ${outcomes} divided by their rate in a random order, against share of the ranked list. Ranked by the model, ${times(at(0.1))} in the top 10%, ${times(at(0.2))} in the top 20%, 1 × in the whole list.`,
    keys: [...keysOf(series), CHANCE],
    plot: curvesPlot({
      series,
      xTitle: 'Share of the list, best first (%)',
      yTitle: 'Lift',
      xDomain: [0, 100],
      yDomain: [0, Math.ceil(2 * highest) / 2],
      reference: [
        { x: 0, y: 1 },
        { x: 100, y: 1 },
      ],
    }),
  }
}

export function rocFigure({ model, roc_curve, scorers }: BacktestReport, outcomes: string): Figure {
  const series = SCORERS.flatMap((scorer): Series[] => {
    const points = roc_curve[scorer]
    if (!points) return []
    const drawn = points.map((point) => ({ x: 100 * point.false_positive, y: 100 * point.true_positive }))
    return [{ key: scorerKey(scorer), points: drawn, band: false }]
  })
  const areas = SCORERS.toReversed().flatMap((scorer) => {
    const area = scorers[scorer]?.roc_auc.value
    return area === undefined || area === null ? [] : [`${area.toFixed(3)} for ${scorerName(scorer).toLowerCase()}`]
  })
  return {
    id: `roc-${model}`,
    title: 'ROC curve',
    description: `Share of ${outcomes} found (true positive rate) against share of the other rows listed with them (false positive rate). The area under the curve is ${list(areas)}; 0.5 is chance, 1 is perfect.`,
    keys: [...keysOf(series), CHANCE],
    plot: curvesPlot({
      series,
      xTitle: 'Share of the other rows listed (%)',
      yTitle: `Share of ${outcomes} found (%)`,
      xDomain: [0, 100],
      yDomain: [0, 100],
      reference: [
        { x: 0, y: 0 },
        { x: 100, y: 100 },
      ],
    }),
  }
}

export const CHANCE: Key = { label: 'Chance', colour: COLOURS.quiet, dash: [2, 3] }

/** The model comes first in the legend. */
function keysOf(series: readonly Series[]): readonly Key[] {
  const bands = series.filter(({ band }) => band).map(({ key }) => key)
  const intervals = bands.map((key) => ({ label: `its 95% interval`, colour: key.colour, kind: 'area' as const }))
  return series.toReversed().flatMap(({ key }) => {
    const own = intervals.filter(({ colour }) => colour === key.colour)
    return [key, ...own]
  })
}

export function pointAt(points: readonly GainPoint[] | undefined, share: number): GainPoint | undefined {
  return points?.find((point) => Math.abs(point.share - share) < 1e-9)
}

function seriesOf(
  curves: BacktestReport['gain_curve'],
  pick: (points: readonly GainPoint[]) => readonly { readonly share: number; readonly interval: GainPoint['gain'] }[],
  scale: number,
): readonly Series[] {
  return SCORERS.flatMap((scorer): Series[] => {
    const points = curves[scorer]
    if (!points) return []
    const drawn = pick(points).flatMap(({ share, interval: { value, low, high } }): CurvePoint[] => {
      if (value === null) return []
      const range = low === null || high === null ? {} : { low: scale * low, high: scale * high }
      return [{ x: 100 * share, y: scale * value, ...range }]
    })
    return [{ key: scorerKey(scorer), points: drawn, band: scorer !== 'naive_bayes' }]
  })
}
