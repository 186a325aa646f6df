import { bootstrap, type Estimates } from '../../../statistics/bootstrap.ts'
import { furtherStatistics } from './secondary-analyses.ts'
import { type MeasurementSet, type Measured, measuredFrom, measurementsOf } from './measure.ts'
import { poolFolds } from '../folds/pool.ts'
import type { FoldResult } from '../folds/run-fold.ts'
import { tryStages } from '../../policy/stage-report.ts'
import { tryThresholds } from '../../policy/threshold-report.ts'
import { REQUIRED_BASELINES, type ScorerName } from '../scorer-names.ts'
import { type BacktestData, type BacktestOptions, DEFAULT_CAPACITY, DEFAULT_REPLICATES } from '../types.ts'

/** Scorers compared in each fold by itself; over all folds, every scorer is compared. */
const SCORERS_PER_FOLD: readonly ScorerName[] = [
  'model',
  'direct',
  'champion',
  'base_rate',
  'mql_points',
  'naive_bayes',
]
/** The bootstrap estimates of some statistics: one map for each set of replicates, by the statistic's name. */
export type EstimatedShare = readonly ReadonlyMap<string, Estimates>[]

export type PreparedMeasurements = ReturnType<typeof prepareMeasurements>

/** The statistics of a report, over all folds and in each of them. @param results in the order of the folds */
export function prepareMeasurements(data: BacktestData, options: BacktestOptions, results: readonly FoldResult[]) {
  const { seed = 1, replicates = DEFAULT_REPLICATES, capacity = DEFAULT_CAPACITY } = options
  const pool = poolFolds(data, results, capacity)
  if (pool.rows.length === 0) return { pool, measured: null }
  const given = options.given?.model !== undefined
  const thresholds = tryThresholds(data, pool, options.objective ?? { kind: 'capacity', capacity }, given)
  const stages = data.model === 'in_market' ? tryStages(data, pool, given) : null
  const further = furtherStatistics(pool)
  const extras = new Map([...further.statistics, ...(stages?.statistics ?? []), ['threshold', thresholds.statistic]])
  const others = [...pool.scorers.keys()].filter((name) => name !== 'model')
  const honestPairs = REQUIRED_BASELINES.map((baseline) => ['without_backfilled', baseline] as const)
  const pairs = [...others.map((other) => ['model', other] as const), ...honestPairs]
  const overall = measurementsOf(pool.sample, pool.scorers, pairs, extras, { replicates, seed })
  const perFold = pool.results.map((result, index) => {
    const all = poolFolds(data, [result], capacity)
    const scorers = new Map([...all.scorers].filter(([name]) => SCORERS_PER_FOLD.includes(name)))
    const foldPairs = [...scorers.keys()].filter((name) => name !== 'model').map((other) => ['model', other] as const)
    const drawn = { replicates, seed: `${seed} fold ${index}` }
    return { result, pool: { ...all, scorers }, set: measurementsOf(all.sample, scorers, foldPairs, new Map(), drawn) }
  })
  return { pool, measured: { thresholds, stages, further, others, overall, perFold } }
}

/**
 * Every `shares`-th statistic, from the `share`-th on. Each set resamples its accounts from its own seed, so a statistic sees
 * the same replicates in any thread: the figures do not depend on the number of shares or on where they are computed.
 */
export function estimateShare(prepared: PreparedMeasurements, share = 0, shares = 1): EstimatedShare {
  if (!prepared.measured) return []
  const { overall, perFold } = prepared.measured
  return [overall, ...perFold.map(({ set }) => set)].map((set) => estimate(set, share, shares))
}

function estimate({ sample, statistics, options }: MeasurementSet, share: number, shares: number) {
  const own = [...statistics].filter((_, index) => index % shares === share)
  const prepared = own.map(([, prepare]) => prepare())
  const found = bootstrap(prepared, sample.clusters, sample.weights, options)
  return new Map(own.map(([name], index) => [name, found[index]!]))
}

/** The figures over all folds, and of each fold in their order. */
export function joinShares(shares: readonly EstimatedShare[]): {
  readonly overall: Measured
  readonly perFold: readonly Measured[]
} {
  const sets = (shares[0] ?? []).map((_, set) => new Map(shares.flatMap((share) => [...(share[set] ?? [])])))
  const [overall = measuredFrom(new Map()), ...perFold] = sets.map(measuredFrom)
  return { overall, perFold }
}
