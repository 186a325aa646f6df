import type { BacktestData, BacktestRow } from '../../core/evaluation/backtest/types.ts'
import { FAMILIES, type FeatureColumn } from '../../core/features/types.ts'
import { createRandom, type Random } from '../../core/base/random.ts'
import { addMonths, firstOfMonthBefore, instantPlusDays, type IsoDate, startOfDay } from '../../core/base/time.ts'
import { sigmoid } from '../../core/statistics/sigmoid.ts'

/*
 * Companies whose true probabilities are known. Features are standard normal, in correlated groups (0.3), the
 * log-odds of winning are linear in them, and every opportunity's outcome is one draw from its true probability.
 */

export const STUDY_KINDS = [
  /** Nothing predicts anything. */
  'noise',
  /** What predicted until the first split predicts nothing after it. */
  'signal_dies',
  /** ... and here until the newest fold, so that most of the test rows still have it (2,000 opportunities: some 150 there). */
  'signal_dies_late',
  /** Only features with backfilled facts predict. */
  'backfilled_only',
  /** The points are the true log-odds: no model can beat the rule. */
  'no_better_than_points',
  /** 30 features, true AUC 0.75, and points that reach 0.65. */
  'real_signal',
] as const
export type StudyKind = (typeof STUDY_KINDS)[number]

export interface World {
  readonly kind: StudyKind
  readonly featureCount: number
  readonly opportunities: number
  readonly intercept: number
  readonly coefficients: Float64Array
  /** Standard deviation of the noise in the points, which are otherwise the true log-odds; Infinity: nothing but noise. */
  readonly pointsNoise: number
  readonly backfilled: boolean
  /** Month from which the coefficients are zero. */
  readonly diesInMonth: number
}

export const MONTHS = 48
const START = '2020-01-01' as IsoDate
export const LABEL_WINDOW_DAYS = 180
/** First and newest split of the walk over 48 months with 180-day labels. */
const FIRST_SPLIT_MONTH = 20
const NEWEST_SPLIT_MONTH = 38
const GROUP_SIZE = 5
const GROUP_CORRELATION = 0.3
const OPPORTUNITIES_PER_ACCOUNT = 1.25

/** Spread of normally distributed log-odds at which wins rank above losses with probability 0.75 (found by simulation). */
const SPREAD_AT_AUC_75 = 1.055
const POINTS_NOISE_AT_AUC_65 = 1.42

export function drawWorld(kind: StudyKind, seed: number | string): World {
  const random = createRandom(`world ${kind} ${seed}`)
  const real = kind === 'real_signal'
  const featureCount = real ? 30 : 8
  const raw = Float64Array.from({ length: featureCount }, () => random.normal())
  const spread = Math.sqrt(quadratic(raw))
  const scale = kind === 'noise' ? 0 : SPREAD_AT_AUC_75 / spread
  return {
    kind,
    featureCount,
    opportunities: real || kind === 'signal_dies_late' ? 2000 : 800,
    intercept: -1.2,
    coefficients: raw.map((value) => value * scale),
    pointsNoise: kind === 'no_better_than_points' ? 0 : real ? POINTS_NOISE_AT_AUC_65 : Infinity,
    backfilled: kind === 'backfilled_only',
    diesInMonth:
      kind === 'signal_dies' ? FIRST_SPLIT_MONTH : kind === 'signal_dies_late' ? NEWEST_SPLIT_MONTH : Infinity,
  }
}

export function drawCompany(world: World, seed: number | string): BacktestData {
  const random = createRandom(`company ${world.kind} ${seed}`)
  const end = startOfDay(addMonths(START, MONTHS))
  const days = MONTHS * 30.4375
  const accounts = Math.ceil(world.opportunities / OPPORTUNITIES_PER_ACCOUNT)
  const rows = Array.from({ length: world.opportunities }, (_, index): BacktestRow => {
    // From the second month on, so that every as-of lies within the history.
    const day = 31 + Math.floor(random.next() * (days - 31))
    const openedAt = instantPlusDays(startOfDay(START), day)
    const values = drawFeatures(world.featureCount, random)
    const truth = trueLogOdds(world, values, day / 30.4375)
    const noise = random.normal()
    const points = Number.isFinite(world.pointsNoise) ? truth + world.pointsNoise * noise : noise
    return {
      key: `opportunity-${index}`,
      id: `account-${random.integer(accounts)}`,
      asOf: firstOfMonthBefore(openedAt),
      openedAt,
      maturesAt: instantPlusDays(openedAt, LABEL_WINDOW_DAYS),
      values,
      won: random.next() < sigmoid(truth),
      weight: 1,
      points: Math.round(20 * points) + 50,
      mqlQualified: null,
      earlierValues: null,
      honestValues: world.backfilled ? values.map(() => null) : values,
      slices: {},
    }
  })
  return {
    model: 'win',
    columns: columnsOf(world),
    rows,
    labelWindowDays: LABEL_WINDOW_DAYS,
    dataEnd: end,
    excluded: {},
  }
}

export function columnsOf({ featureCount }: World): readonly FeatureColumn[] {
  return Array.from({ length: featureCount }, (_, index) => ({
    name: `feature_${index}`,
    family: FAMILIES[index % FAMILIES.length]!,
    kind: 'number',
    transform: 'none',
    sign: null,
  }))
}

export function drawFeatures(count: number, random: Random): number[] {
  const values: number[] = []
  let shared = 0
  for (let index = 0; index < count; index += 1) {
    if (index % GROUP_SIZE === 0) shared = Math.sqrt(GROUP_CORRELATION) * random.normal()
    values.push(shared + Math.sqrt(1 - GROUP_CORRELATION) * random.normal())
  }
  return values
}

export function trueLogOdds(world: World, values: readonly number[], month: number): number {
  let logOdds = world.intercept
  if (month >= world.diesInMonth) return logOdds
  for (let index = 0; index < values.length; index += 1) logOdds += world.coefficients[index]! * values[index]!
  return logOdds
}

/** Variance of the linear predictor. */
function quadratic(coefficients: Float64Array): number {
  let sum = 0
  for (let a = 0; a < coefficients.length; a += 1)
    for (let b = 0; b < coefficients.length; b += 1) {
      const group = Math.floor(a / GROUP_SIZE) === Math.floor(b / GROUP_SIZE)
      sum += coefficients[a]! * coefficients[b]! * (a === b ? 1 : group ? GROUP_CORRELATION : 0)
    }
  return sum
}
