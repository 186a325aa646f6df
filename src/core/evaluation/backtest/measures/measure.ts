import { expectedCalibrationError } from '../../../statistics/calibration.ts'
import { SCORER_METRICS, type ScorerMetric, scorerStatistic, METRIC_DIRECTION } from './scorer-statistic.ts'
import type { Sample } from './sample.ts'
import {
  type BootstrapOptions,
  type Estimates,
  type Interval,
  interval95,
  pairedInterval95,
  type Statistic,
} from '../../../statistics/bootstrap.ts'
import { rounded } from '../../report/canonical.ts'
import type { ScorerMetrics, ReportInterval } from '../../report/report.ts'
import { scorerKind, type ScorerName } from '../scorer-names.ts'

/** Per scorer a probability for each row of the sample, NaN where it has none. */
export type ScorerProbabilities = ReadonlyMap<ScorerName, Float64Array>

/** Named estimates that share their replicates. */
export interface Measured {
  readonly metric: (scorer: string, metric: ScorerMetric) => Interval
  /** Of the first scorer less the second, over the rows that both have. */
  readonly difference: (first: ScorerName, second: ScorerName, metric: ScorerMetric) => Interval
  /** Of a statistic added by name. */
  readonly extra: (name: string, position?: number) => Interval
}

/** Statistics that share their replicates, by name; each is prepared in the thread that computes it. */
export interface MeasurementSet {
  readonly sample: Sample
  readonly statistics: ReadonlyMap<string, () => Statistic>
  readonly options: BootstrapOptions
}

/**
 * @param pairs scorers to be compared with each other
 * @param extras further statistics on the same draws
 */
export function measurementsOf(
  sample: Sample,
  scorers: ScorerProbabilities,
  pairs: readonly (readonly [ScorerName, ScorerName])[],
  extras: ReadonlyMap<string, Statistic>,
  options: BootstrapOptions,
): MeasurementSet {
  const statistics = new Map<string, () => Statistic>(
    [...scorers].map(([name, own]) => [name, () => scorerStatistic(sample, own)]),
  )
  for (const [first, second] of pairs) {
    const [a, b] = [scorers.get(first), scorers.get(second)]
    if (!a || !b || (isComplete(a) && isComplete(b))) continue
    statistics.set(pairName(first, second), () => scorerStatistic(sample, where(a, b)))
    statistics.set(pairName(second, first), () => scorerStatistic(sample, where(b, a)))
  }
  for (const [name, statistic] of extras) statistics.set(`extra ${name}`, () => statistic)
  return { sample, statistics, options }
}

export function measuredFrom(estimates: ReadonlyMap<string, Estimates>): Measured {
  const get = (name: string): Estimates => {
    const estimate = estimates.get(name)
    if (estimate) return estimate
    throw new RangeError(`nothing was measured under the name ${name}`)
  }
  const of = (name: string, position: number) => {
    const { value, draws } = get(name)
    return interval95(value[position]!, draws[position]!)
  }
  return {
    metric: (scorer, metric) => of(scorer, SCORER_METRICS.indexOf(metric)),
    extra: (name, position = 0) => of(`extra ${name}`, position),
    difference: (first, second, metric) => {
      const position = SCORER_METRICS.indexOf(metric)
      const a = estimates.get(pairName(first, second)) ?? get(first)
      const b = estimates.get(pairName(second, first)) ?? get(second)
      return pairedInterval95(a.value[position]! - b.value[position]!, a.draws[position]!, b.draws[position]!)
    },
  }
}

export function scorerMetrics(sample: Sample, measured: Measured, name: ScorerName, own: Float64Array): ScorerMetrics {
  const scored = Array.from(own.keys())
    .filter((row) => !Number.isNaN(own[row]!))
    .map((row) => ({ probability: own[row]!, won: sample.won[row] === 1, weight: sample.weights[row]! }))
  const entries = SCORER_METRICS.map((metric) => [
    metric,
    { ...shownInterval(measured.metric(name, metric)), better: METRIC_DIRECTION[metric] },
  ])
  return {
    ...scorerKind(name),
    rows: scored.length,
    ...(Object.fromEntries(entries) as Record<ScorerMetric, ScorerMetrics[ScorerMetric]>),
    ece: {
      value: rounded(expectedCalibrationError.compute(scored)),
      low: null,
      high: null,
      better: METRIC_DIRECTION.ece,
    },
  }
}

export function shownInterval({ value, low, high }: Interval): ReportInterval {
  return { value: rounded(value), low: rounded(low), high: rounded(high) }
}

/** The probabilities where another scorer has one too. */
export function where(own: Float64Array, other: Float64Array): Float64Array {
  return own.map((probability, row) => (Number.isNaN(other[row]!) ? NaN : probability))
}

export function coveredRows(probabilities: Float64Array): number {
  return probabilities.reduce((count, probability) => count + (Number.isNaN(probability) ? 0 : 1), 0)
}

function isComplete(probabilities: Float64Array): boolean {
  return probabilities.every((probability) => !Number.isNaN(probability))
}

function pairName(first: ScorerName, second: ScorerName): string {
  return `${first} where ${second}`
}
