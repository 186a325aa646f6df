import type { Kysely } from 'kysely'
import { wasWorked } from '../../core/evaluation/policy/policy-replay-views.ts'
import type { BacktestData, BacktestRow } from '../../core/evaluation/backtest/types.ts'
import type { CohortRow } from '../../core/training/cohorts/cohort.ts'
import { type ModelSpecification, maturityDays } from '../../core/training/cohorts/model-specification.ts'
import { type FeatureSet, type Lookback, readFeatures } from '../../core/features/compile.ts'
import { type AccountSnapshot, mergeAttributes, withoutBackfilled } from '../../core/features/snapshot.ts'
import type { FeatureColumn, FeatureVector } from '../../core/features/types.ts'
import { longerLookback, ruleLookback } from '../../core/evaluation/mql/check-rule.ts'
import type { MqlRule } from '../../core/evaluation/mql/mql-rule.ts'
import { mqlStanding } from '../../core/evaluation/mql/points.ts'
import { hashSeed } from '../../core/base/random.ts'
import { featuresOf } from '../../core/scoring/artifact/model-artifact.ts'
import { type Instant, instantPlusDays } from '../../core/base/time.ts'
import { readSnapshots } from '../../store/features/account-snapshots.ts'
import { listOpportunityHistories } from '../../store/features/opportunity-histories.ts'
import { listMqlDates } from '../../store/training/mql-dates.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { type Progress, readCohort, type TrainingData } from '../training/training-data.ts'

/** Account-months beyond this are read from a random share of the accounts: no more would be learned of the model. */
const MOST_ROWS = 60_000
const EARLIER_DAYS = 14

export interface BacktestSource {
  readonly data: BacktestData
  /** The same rows as training sees them, for the leakage audit. */
  readonly training: TrainingData
  /** Row keys of accounts that sales had already worked. */
  readonly worked: ReadonlySet<string>
  /** Whether an account is among those whose examples were read. */
  readonly isSampled: (externalId: string) => boolean
  /** Share of the accounts that this is. */
  readonly accountShare: number
}

/** Reads the examples of one model with all that the scorers of a backtest say about them. */
export async function readBacktestData(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: ModelSpecification,
  rule: MqlRule,
  asOf: Instant,
  progress: Progress,
): Promise<BacktestSource> {
  const cohort = await readCohort(db, specification, asOf)
  const isSampled = accountSample(cohort.rows.length)
  const examples = cohort.rows.filter((row) => isSampled(row.account.externalId))
  const sources = new Map((await listOpportunityHistories(db, asOf)).map((deal) => [deal.externalId, deal.leadSource]))
  const lookback = longerLookback(featureSet.lookback, ruleLookback(rule))
  const dates = await listMqlDates(
    db,
    examples.map(({ account, asOf: at }) => ({ accountId: account.accountId, asOf: at })),
  )
  const now = await readRows(db, examples, 0, lookback, (snapshot, done) => {
    if (done % 2_000 === 0 || done === examples.length) progress(specification.model, done, examples.length)
    return describe(snapshot, featureSet, rule, dates?.[done - 1])
  })
  const earlier = await readRows(db, examples, EARLIER_DAYS, featureSet.lookback, (snapshot) =>
    readFeatures(featureSet, snapshot),
  )
  const indexes = featuresOf(featureSet, specification)
  const pick = (all: FeatureVector) => indexes.map((index) => all[index] ?? null)
  const rows: BacktestRow[] = []
  const kept: CohortRow[] = []
  const worked = new Set<string>()
  examples.forEach((example, index) => {
    const seen = now[index]
    if (!seen) return
    const before = earlier[index]
    const key = example.opportunity ?? `${example.account.externalId}|${example.asOf}`
    kept.push(example)
    if (seen.worked) worked.add(key)
    rows.push({
      key,
      id: example.account.externalId,
      asOf: example.asOf,
      openedAt: example.openedAt,
      maturesAt: instantPlusDays(example.openedAt, maturityOf(specification)),
      values: pick(seen.values),
      honestValues: pick(seen.honestValues),
      earlierValues: before ? pick(before) : null,
      won: example.won,
      weight: 1,
      points: seen.points,
      mqlQualified: seen.mqlQualified,
      slices: { ...seen.slices, ...(example.opportunity ? { source: sources.get(example.opportunity) ?? null } : {}) },
    })
  })
  const columns = indexes.map((index) => featureSet.columns[index] as FeatureColumn)
  const left = cohort.rows.length - examples.length
  const excluded = { ...cohort.excluded, ...(left > 0 ? { account_not_in_sample: left } : {}) }
  return {
    data: {
      model: specification.model === 'in_market' ? 'in_market' : 'win',
      columns,
      rows,
      labelWindowDays: maturityOf(specification),
      dataEnd: asOf,
      excluded,
    },
    training: { columns, rows, examples: kept, cohort },
    worked,
    isSampled,
    accountShare: Math.min(1, MOST_ROWS / cohort.rows.length),
  }
}

/** An in-market label needs the opportunity's first days as well, to show that it lives. */
function maturityOf({ label, opportunities }: ModelSpecification): number {
  return maturityDays(label) + (label.kind === 'opens' ? opportunities.minimum_lifetime_days : 0)
}

/** Whole accounts, chosen by a hash of their name: the rows of one account stay together, whatever their order. */
function accountSample(rows: number): (externalId: string) => boolean {
  const share = MOST_ROWS / rows
  return (externalId) => share >= 1 || hashSeed(`backtest ${externalId}`) / 2 ** 32 < share
}

/** Snapshots of the examples `daysEarlier` than their as-of, each turned into what is kept of it. */
async function readRows<Kept>(
  db: Kysely<Database>,
  examples: readonly CohortRow[],
  daysEarlier: number,
  lookback: Lookback,
  keep: (snapshot: AccountSnapshot, done: number) => Kept,
): Promise<readonly (Kept | undefined)[]> {
  const requests = examples.map(({ account, asOf }) => ({
    accountId: account.accountId,
    asOf: daysEarlier === 0 ? asOf : instantPlusDays(asOf, -daysEarlier),
  }))
  const kept: (Kept | undefined)[] = []
  for await (const chunk of readSnapshots(db, requests, lookback)) {
    for (const snapshot of chunk) kept.push(snapshot && keep(snapshot, kept.length + 1))
  }
  return kept
}

function describe(
  snapshot: AccountSnapshot,
  featureSet: FeatureSet,
  rule: MqlRule,
  mqlDates: readonly Instant[] | undefined,
) {
  const standing = mqlStanding(rule, snapshot, mqlDates)
  return {
    values: readFeatures(featureSet, snapshot),
    honestValues: readFeatures(featureSet, withoutBackfilled(snapshot)),
    points: standing.points,
    mqlQualified: standing.qualified,
    worked: wasWorked(snapshot),
    slices: slicesOf(snapshot, featureSet.lookback.sourcePrecedence),
  }
}

const SIZE_BANDS = [50, 200, 1000, 5000] as const

function slicesOf(snapshot: AccountSnapshot, precedence: readonly string[]) {
  const { industry, region, employees } = mergeAttributes(snapshot.versions, precedence)
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    industry: text(industry),
    region: text(region),
    size: typeof employees === 'number' ? sizeBand(employees) : null,
  }
}

function sizeBand(employees: number): string {
  const above = SIZE_BANDS.findIndex((limit) => employees < limit)
  if (above === 0) return `under ${SIZE_BANDS[0]}`
  return above < 0 ? `${SIZE_BANDS.at(-1)} and more` : `${SIZE_BANDS[above - 1]} to ${(SIZE_BANDS[above] ?? 0) - 1}`
}
