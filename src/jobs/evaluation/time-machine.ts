import type { Kysely } from 'kysely'
import type { CohortAccount } from '../../core/training/cohorts/cohort.ts'
import { compileFeatures, type FeatureSet, readFeatures } from '../../core/features/compile.ts'
import type { AccountSnapshot } from '../../core/features/snapshot.ts'
import type { FeatureColumn, FeatureValue, FeatureVector } from '../../core/features/types.ts'
import { createRandom } from '../../core/base/random.ts'
import { featuresOf, type Specification } from '../../core/scoring/artifact/model-artifact.ts'
import { openOpportunity } from '../../core/scoring/score-account.ts'
import { differences } from '../../core/evaluation/time-machine/differences.ts'
import { type Pair, pickPairs } from '../../core/evaluation/time-machine/pick-pairs.ts'
import type { Instant } from '../../core/base/time.ts'
import { readSnapshotPairs } from '../../store/features/snapshot-pairs.ts'
import { listEveryAccount } from '../../store/features/opportunity-histories.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { copyFacts, goBackTo, inTimeMachine, listMoments } from '../../store/evaluation/time-machine.ts'
import type { Progress } from '../training/snapshot-pass.ts'
import { readTrainingData } from '../training/training-data.ts'

export interface TimeMachineOptions {
  readonly pairs: number
  readonly seed: number
  readonly specification: Specification
  /** No pair lies after this instant. */
  readonly end: Instant
  readonly progress?: Progress
}

/** A feature that one of the readings gives another value than the reading of all pairs at once from all facts. */
export interface Mismatch {
  readonly reading: 'without_the_future' | 'alone' | 'for_training'
  readonly account: string
  readonly asOf: Instant
  readonly feature: string
  /** From all facts, and from the other reading; undefined where the account was not known. */
  readonly values: readonly [FeatureValue | undefined, FeatureValue | undefined]
}

export interface TimeMachineReport {
  readonly pairs: number
  readonly accounts: number
  readonly instants: number
  /** Pairs whose account was not known then, in either reading. */
  readonly unknown: number
  readonly readAlone: number
  readonly readForTraining: number
  readonly mismatches: readonly Mismatch[]
}

const MOST_ACCOUNTS = 1_000
/** Of the pairs one in five, and no more than this, are also read alone. */
const MOST_ALONE = 500
const MOST_TRAINING_ROWS = 200
/** How far back training examples are read for the comparison. */
const TRAINING_MONTHS = 12

/**
 * Checks that no feature looks into the future: for pairs of an account and an instant, features made from all facts must
 * equal, to the bit, those made from a copy in which everything not yet known at that instant has been deleted. And
 * however an account is read, among others, alone, or as a training example, it must give the same.
 */
export async function runTimeMachine(db: Kysely<Database>, options: TimeMachineOptions): Promise<TimeMachineReport> {
  const { specification, end, seed, progress = () => undefined } = options
  const set = compileFeatures(specification.features)
  return await inTimeMachine(db, async (view) => {
    const known = await listEveryAccount(view, end)
    const accounts = createRandom(`accounts ${seed}`).shuffle(known).slice(0, MOST_ACCOUNTS)
    if (accounts.length === 0) return NOTHING
    const ids = accounts.map((account) => account.accountId)
    const pairs = pickPairs(accounts, await listMoments(view, ids), options.pairs, end, seed)
    const present = await readVectors(view, set, pairs, (done) => progress('all facts', done, pairs.length))
    const readings = new Map(pairs.map((pair, index) => [pair, present[index]]))
    const compare = mismatchesOf(accounts, [...set.columns, OPEN_OPPORTUNITY], readings)

    const alone = createRandom(`alone ${seed}`)
      .shuffle(pairs)
      .slice(0, Math.min(MOST_ALONE, Math.ceil(pairs.length / 5)))
    const mismatches = await compare('alone', alone, async (pair) => (await readVectors(view, set, [pair]))[0])
    const training = await compareTraining(view, set, known, options)
    mismatches.push(...training.mismatches)

    // From here on the same queries read the copies.
    await copyFacts(view, ids)
    const byInstant = [...Map.groupBy(pairs, (pair) => pair.asOf)].toSorted(([one], [other]) => (one < other ? 1 : -1))
    let before: Instant | null = null
    let done = 0
    for (const [asOf, group] of byInstant) {
      await goBackTo(view, asOf, before)
      before = asOf
      const past = await readVectors(view, set, group)
      mismatches.push(...(await compare('without_the_future', group, (_, index) => past[index])))
      done += group.length
      progress('without the future', done, pairs.length)
    }
    return {
      pairs: pairs.length,
      accounts: accounts.length,
      instants: byInstant.length,
      unknown: present.filter((vector) => vector === undefined).length,
      readAlone: alone.length,
      readForTraining: training.rows,
      mismatches,
    }
  })
}

const NOTHING: TimeMachineReport = {
  pairs: 0,
  accounts: 0,
  instants: 0,
  unknown: 0,
  readAlone: 0,
  readForTraining: 0,
  mismatches: [],
}

/** Not a feature, but what decides which models an account is scored by. */
const OPEN_OPPORTUNITY: FeatureColumn = {
  name: '(open opportunity)',
  family: 'account_fit',
  kind: 'category',
  transform: 'none',
  sign: null,
}

/** The features, and last the open opportunity. */
async function readVectors(
  view: Kysely<Database>,
  set: FeatureSet,
  pairs: readonly Pair[],
  progress: (done: number) => void = () => undefined,
): Promise<readonly (FeatureVector | undefined)[]> {
  const vectors: (FeatureVector | undefined)[] = []
  for await (const [, snapshot] of readSnapshotPairs(view, pairs, set.lookback)) {
    vectors.push(snapshot && [...readFeatures(set, snapshot), openOf(snapshot)])
    if (vectors.length % 2_000 === 0 || vectors.length === pairs.length) progress(vectors.length)
  }
  return vectors
}

function openOf(snapshot: AccountSnapshot): string | null {
  const open = openOpportunity(snapshot)
  return open && `${open.externalId} since ${open.openedAt}`
}

type Reading = (pair: Pair, index: number) => FeatureVector | undefined | Promise<FeatureVector | undefined>

/** Compares a second reading of some pairs with the first. */
function mismatchesOf(
  accounts: readonly CohortAccount[],
  columns: readonly FeatureColumn[],
  first: ReadonlyMap<Pair, FeatureVector | undefined>,
) {
  const names = new Map(accounts.map((account) => [account.accountId, account.externalId]))
  return async (reading: Mismatch['reading'], pairs: readonly Pair[], second: Reading): Promise<Mismatch[]> => {
    const found: Mismatch[] = []
    for (const [index, pair] of pairs.entries()) {
      for (const difference of differences(columns, first.get(pair), await second(pair, index))) {
        found.push({ reading, account: names.get(pair.accountId) ?? '', asOf: pair.asOf, ...difference })
      }
    }
    return found
  }
}

/** Some examples of each model, as training reads them, against the same accounts read one at a time. */
async function compareTraining(
  view: Kysely<Database>,
  set: FeatureSet,
  accounts: readonly CohortAccount[],
  { specification, end, seed, progress = () => undefined }: TimeMachineOptions,
): Promise<{ readonly rows: number; readonly mismatches: readonly Mismatch[] }> {
  const ids = new Map(accounts.map((account) => [account.externalId, account.accountId]))
  const mismatches: Mismatch[] = []
  let compared = 0
  for (const model of specification.models) {
    const months = Math.min(TRAINING_MONTHS, model.training.history_months)
    const recent = { ...model, training: { ...model.training, history_months: months } }
    const { rows } = await readTrainingData(view, set, recent, end, progress)
    const indexes = featuresOf(set, model)
    for (const row of createRandom(`training ${seed}`).shuffle(rows).slice(0, MOST_TRAINING_ROWS)) {
      const pair = { accountId: ids.get(row.id) ?? 0, asOf: row.asOf }
      const [all] = await readVectors(view, set, [pair])
      const values = all && indexes.map((index) => all[index] ?? null)
      const columns = indexes.map((index) => set.columns[index] as FeatureColumn)
      for (const difference of differences(columns, values, row.values)) {
        mismatches.push({ reading: 'for_training', account: row.id, asOf: row.asOf, ...difference })
      }
      compared += 1
    }
  }
  return { rows: compared, mismatches }
}
