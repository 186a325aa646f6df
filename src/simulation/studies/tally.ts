import type { CompanyResult, CompanyTask } from './evaluate-company.ts'
import { STUDY_KINDS, type StudyKind } from './worlds.ts'

/*
 * The bounds for 100 companies of a kind: at most 6 proven where there is nothing to prove, at least 90 where there is,
 * and at least 90 AUC intervals that cover. For other numbers, what a rate that keeps the bound of 100 nineteen times
 * in twenty would keep nineteen times in twenty: 3.3% at most, 94.3% at least.
 */
const NULL_RATE = 0.033
const SIGNAL_RATE = 0.943
const ERROR = 0.05
const PROBABILITY_COVERAGE = { least: 0.85, most: 0.95 }
/** The standard deviation between companies, for the error of a mean over a few of them. */
const COVERAGE_DEVIATION = 0.06

export interface Line {
  readonly name: string
  readonly found: string
  readonly bound: string
  readonly kept: boolean
}

export function studyTasks(
  companies: number,
  seed: number | string,
  kinds: readonly StudyKind[],
  size: { readonly freshRows: number; readonly replicates: number },
): readonly CompanyTask[] {
  const { freshRows, replicates } = size
  return kinds.flatMap((kind) =>
    Array.from({ length: companies }, (_, index) => ({ kind, seed: `${seed}-${index}`, freshRows, replicates })),
  )
}

/** One line for each bound, in the order of the kinds. */
export function tally(results: readonly CompanyResult[]): readonly Line[] {
  return STUDY_KINDS.flatMap((kind) => {
    const own = results.filter((result) => result.kind === kind)
    if (own.length === 0) return []
    const proven = own.filter((result) => result.verdict === 'proven').length
    return kind === 'real_signal' ? signalLines(own, proven) : [nullLine(kind, own.length, proven)]
  })
}

function nullLine(kind: StudyKind, companies: number, proven: number): Line {
  const most = atMost(companies)
  return { name: kind, found: `${proven} of ${companies} proven`, bound: `at most ${most}`, kept: proven <= most }
}

function signalLines(own: readonly CompanyResult[], proven: number): readonly Line[] {
  const least = atLeast(own.length)
  const coverages = own.flatMap(({ coverage }) => (coverage ? [coverage] : []))
  const covering = coverages.filter(({ low, high, ownAuc }) => low <= ownAuc && ownAuc <= high).length
  const share = coverages.reduce((sum, one) => sum + one.probabilitiesCovered, 0) / coverages.length
  const slack = 1.645 * COVERAGE_DEVIATION * Math.max(0, 1 / Math.sqrt(own.length) - 0.1)
  const [low, high] = [PROBABILITY_COVERAGE.least - slack, PROBABILITY_COVERAGE.most + slack]
  return [
    {
      name: 'real_signal',
      found: `${proven} of ${own.length} proven`,
      bound: `at least ${least}`,
      kept: proven >= least,
    },
    {
      name: 'auc_intervals',
      found: `${covering} of ${own.length} cover the models' own AUC`,
      bound: `at least ${least}`,
      kept: covering >= least,
    },
    {
      name: 'probability_intervals',
      found: `${(100 * share).toFixed(1)}% of accounts covered`,
      bound: `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}%`,
      kept: share >= low && share <= high,
    },
  ]
}

/** 6 of 100. */
export function atMost(companies: number): number {
  return binomialQuantile(companies, NULL_RATE, 1 - ERROR)
}

/** 90 of 100. */
export function atLeast(companies: number): number {
  return binomialQuantile(companies, SIGNAL_RATE, ERROR)
}

/** The least count whose cumulative probability reaches `share`. */
export function binomialQuantile(trials: number, rate: number, share: number): number {
  let term = (1 - rate) ** trials
  let cumulative = term
  let count = 0
  while (cumulative < share && count < trials) {
    count += 1
    term *= ((trials - count + 1) / count) * (rate / (1 - rate))
    cumulative += term
  }
  return count
}
