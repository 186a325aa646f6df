import type { Kysely } from 'kysely'
import { wasWorked } from '../../core/evaluation/policy/policy-replay-views.ts'
import type { BacktestData, BacktestRow } from '../../core/evaluation/backtest/types.ts'
import { assessReadiness } from '../../core/evaluation/readiness/readiness.ts'
import type { ReadinessReport } from '../../core/evaluation/readiness/report.ts'
import type { CohortRow, OpportunityHistory } from '../../core/training/cohorts/cohort.ts'
import { type ModelSpecification, maturityDays } from '../../core/training/cohorts/model-specification.ts'
import { type FeatureSet, readFeatures } from '../../core/features/compile.ts'
import { type AccountSnapshot, mergeAttributes, withoutBackfilled } from '../../core/features/snapshot.ts'
import type { FeatureColumn, FeatureVector } from '../../core/features/types.ts'
import { longerLookback, ruleLookback } from '../../core/evaluation/mql/check-rule.ts'
import type { MqlRule } from '../../core/evaluation/mql/mql-rule.ts'
import { mqlStanding } from '../../core/evaluation/mql/points.ts'
import { orderLimit } from '../../core/scoring/artifact/ordered-specification.ts'
import { hashSeed } from '../../core/base/random.ts'
import { featuresOf, type LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import { type Instant, instantPlusDays } from '../../core/base/time.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { readFactReadiness } from '../../store/evaluation/readiness-facts.ts'
import { type DealFacts, listDealFacts } from '../../store/training/deals.ts'
import { listMqlDates } from '../../store/training/mql-dates.ts'
import { cohortOf, type History, readHistory } from '../training/history.ts'
import { readinessData } from '../training/readiness.ts'
import { keepEach, type Progress, readInOnePass, type SnapshotReader } from '../training/snapshot-pass.ts'
import { requestsOf, type TrainingData, trainingDataReader } from '../training/training-data.ts'

/** Above this number of account-months a random sample of the accounts is read: more would change no figure by much. */
const MOST_ROWS = 60_000
const EARLIER_DAYS = 14

export interface BacktestSource {
  readonly specification: ModelSpecification
  readonly data: BacktestData
  /** The same rows as training sees them, for the leakage audit. */
  readonly training: TrainingData
  /** Row keys of accounts that sales had already worked. */
  readonly worked: ReadonlySet<string>
  /** Whether an account is in the sample whose examples were read. */
  readonly isSampled: (externalId: string) => boolean
  /** Share of the accounts in the sample. */
  readonly accountShare: number
}

/** All that a backtest reads. */
export interface BacktestHistory {
  /** Null for a model that the specification does not have. */
  readonly sources: Readonly<Record<BacktestedModel, BacktestSource | null>>
  readonly opportunities: readonly OpportunityHistory[]
  readonly dealFacts: readonly DealFacts[]
  readonly readiness: ReadinessReport
}

type BacktestedModel = 'win' | 'in_market'

/** Reads accounts, opportunities and deal facts once, and every snapshot once, for both models and the readiness report. */
export async function readBacktestHistory(
  db: Kysely<Database>,
  { featureSet, artifact }: Pick<LoadedModel, 'featureSet' | 'artifact'>,
  rule: MqlRule,
  asOf: Instant,
  progress: Progress,
): Promise<BacktestHistory> {
  const { models, ordered_by: order } = artifact.specification
  const history = await readHistory(db, models, asOf)
  // Readiness counts all examples, the backtest describes those of the sample more closely.
  const training = models.map((model) => ({ model, reader: trainingDataReader(featureSet, model, history) }))
  const sourceOf = async (name: BacktestedModel) => {
    const specification = models.find(({ model }) => model === name)
    return specification ? await sourceReaders(db, featureSet, specification, rule, history, order !== undefined) : null
  }
  const [win, inMarket] = [await sourceOf('win'), await sourceOf('in_market')]
  const lookback = longerLookback(featureSet.lookback, ruleLookback(rule))
  const readers = [...training.map(({ reader }) => reader), ...(win?.readers ?? []), ...(inMarket?.readers ?? [])]
  await readInOnePass(db, { ...featureSet, lookback }, readers, progress)
  const examples = training.map(({ model, reader }) => readinessData(model, reader.result()))
  return {
    sources: { win: win?.result() ?? null, in_market: inMarket?.result() ?? null },
    opportunities: history.opportunities,
    dealFacts: await listDealFacts(db, asOf),
    readiness: assessReadiness(
      await readFactReadiness(db, asOf),
      examples,
      asOf,
      order === undefined ? [] : [orderLimit(order)],
    ),
  }
}

interface SourceReaders {
  readonly readers: readonly SnapshotReader<unknown>[]
  readonly result: () => BacktestSource
}

/** Reads the examples of one model with all that the scorers of a backtest compare: now and 14 days earlier. */
async function sourceReaders(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: ModelSpecification,
  rule: MqlRule,
  history: History,
  inOrder: boolean,
): Promise<SourceReaders> {
  const cohort = cohortOf(history, specification)
  const isSampled = accountSample(cohort.rows.length)
  const examples = cohort.rows.filter((row) => isSampled(row.account.externalId))
  const requests = requestsOf(examples)
  const dates = await listMqlDates(db, requests)
  const now = keepEach(specification.model, requests, (index, snapshot, features) =>
    describe(snapshot, features(), featureSet, rule, dates?.[index]),
  )
  const earlier = keepEach(
    `${specification.model} ${EARLIER_DAYS} days earlier`,
    inOrder ? [] : requests.map(({ accountId, asOf }) => ({ accountId, asOf: instantPlusDays(asOf, -EARLIER_DAYS) })),
    (_index, _snapshot, features) => features(),
  )
  const result = (): BacktestSource => {
    const described = examples.flatMap((example, index) => {
      const description = now.result()[index]
      return description ? [{ example, description, before: earlier.result()[index] }] : []
    })
    const leadSources = new Map(history.opportunities.map((deal) => [deal.externalId, deal.leadSource]))
    const indexes = featuresOf(featureSet, specification)
    const columns = indexes.map((index) => featureSet.columns[index] as FeatureColumn)
    const pick = (all: FeatureVector) => indexes.map((index) => all[index] ?? null)
    const rows = described.map(
      ({ example, description, before }): BacktestRow => ({
        key: keyOf(example),
        id: example.account.externalId,
        asOf: example.asOf,
        openedAt: example.openedAt,
        maturesAt: instantPlusDays(example.openedAt, maturityOf(specification)),
        values: pick(description.values),
        honestValues: pick(description.honestValues),
        earlierValues: before ? pick(before) : null,
        won: example.won,
        weight: 1,
        // Points fade with days.
        points: inOrder ? null : description.points,
        mqlQualified: inOrder ? null : description.mqlQualified,
        slices: {
          ...description.slices,
          ...(example.opportunity ? { source: leadSources.get(example.opportunity) ?? null } : {}),
        },
      }),
    )
    const left = cohort.rows.length - examples.length
    return {
      specification,
      data: {
        model: specification.model === 'in_market' ? 'in_market' : 'win',
        columns,
        rows,
        labelWindowDays: maturityOf(specification),
        dataEnd: history.asOf,
        ...(inOrder && { inOrder }),
        excluded: { ...cohort.excluded, ...(left > 0 ? { account_not_in_sample: left } : {}) },
      },
      training: { columns, rows, examples: described.map(({ example }) => example), cohort },
      worked: new Set(described.flatMap(({ example, description }) => (description.worked ? [keyOf(example)] : []))),
      isSampled,
      accountShare: Math.min(1, MOST_ROWS / cohort.rows.length),
    }
  }
  return { readers: [now, earlier], result }
}

function keyOf({ account, asOf, opportunity }: CohortRow): string {
  return opportunity ?? `${account.externalId}|${asOf}`
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

function describe(
  snapshot: AccountSnapshot,
  values: FeatureVector,
  featureSet: FeatureSet,
  rule: MqlRule,
  mqlDates: readonly Instant[] | undefined,
) {
  const standing = mqlStanding(rule, snapshot, mqlDates)
  return {
    values,
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
