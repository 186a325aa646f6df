import type { Kysely } from 'kysely'
import { type ModelSpecification, maturityDays } from '../../core/training/cohorts/model-specification.ts'
import type { FeatureSet } from '../../core/features/compile.ts'
import type { AccountSnapshot } from '../../core/features/snapshot.ts'
import type { PeopleExample } from '../../core/scoring/people/contact-model.ts'
import { engagedDays, type PeopleSpecification } from '../../core/scoring/people/people-specification.ts'
import { type PeopleModel, trainPeople } from '../../core/scoring/people/people-model.ts'
import { hashSeed } from '../../core/base/random.ts'
import { listLinkedPeople } from '../../store/features/opportunity-contacts.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { cohortOf, type History, standingAccounts } from './history.ts'
import { keepEach, type SnapshotReader } from './snapshot-pass.ts'
import { requestsOf } from './training-data.ts'

/** Above this number a random sample of the accounts is the reference: their people are enough to rank a person by. */
const MOST_ACCOUNTS = 4_000

/** What the people of a version are learned from. */
export interface PeopleData {
  readonly examples: readonly PeopleExample[]
  /** Accounts whose people a person's score is ranked among. */
  readonly reference: readonly AccountSnapshot[]
  readonly specification: PeopleSpecification
  readonly featureSet: FeatureSet
  readonly labelWindowDays: number
}

export interface PeopleReaders {
  readonly readers: readonly SnapshotReader<unknown>[]
  readonly result: () => PeopleData
}

/** Reads the win model's opportunities with everybody named on them. The pass must look back as far as `seeingPeople` says. */
export async function peopleReaders(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  specification: PeopleSpecification,
  win: ModelSpecification,
  history: History,
): Promise<PeopleReaders> {
  const examples = await exampleReader(db, withHistory(win, specification), history)
  const reference = peopleReferenceReader(history)
  return {
    readers: [examples, reference],
    result: () => ({
      examples: examples.result(),
      reference: reference.result(),
      specification,
      featureSet: seeingPeople(featureSet, specification),
      labelWindowDays: maturityDays(win.label),
    }),
  }
}

export function learnPeople(data: PeopleData): PeopleModel {
  const { examples, reference, featureSet, specification, labelWindowDays } = data
  return trainPeople(examples, reference, featureSet, specification, labelWindowDays)
}

/** The feature set with a lookback that covers the windows of the people as well. */
export function seeingPeople(set: FeatureSet, specification: PeopleSpecification): FeatureSet {
  const activityDays = Math.max(set.lookback.activityDays, engagedDays(specification))
  return { ...set, lookback: { ...set.lookback, activityDays } }
}

function withHistory(win: ModelSpecification, { history_months }: PeopleSpecification): ModelSpecification {
  return { ...win, training: { ...win.training, history_months } }
}

async function exampleReader(
  db: Kysely<Database>,
  win: ModelSpecification,
  history: History,
): Promise<SnapshotReader<readonly PeopleExample[]>> {
  const { rows } = cohortOf(history, win)
  const linked = await listLinkedPeople(db, history.asOf)
  const reader = keepEach('people', requestsOf(rows), (index, snapshot) => {
    const row = rows[index]
    if (!row) return null
    const { account, asOf, openedAt, won, opportunity } = row
    const people = linked.get(opportunity ?? '') ?? new Set<string>()
    return { account: account.externalId, asOf, openedAt, won, snapshot, linked: people }
  })
  return { ...reader, result: () => reader.result().flatMap((example) => example ?? []) }
}

function peopleReferenceReader(history: History): SnapshotReader<readonly AccountSnapshot[]> {
  const standing = standingAccounts(history)
  const share = MOST_ACCOUNTS / standing.length
  const requests = standing
    .filter(({ externalId }) => share >= 1 || hashSeed(`people ${externalId}`) / 2 ** 32 < share)
    .map(({ accountId }) => ({ accountId, asOf: history.asOf }))
  const reader = keepEach('people to compare with', requests, (_index, snapshot) =>
    snapshot.contacts.length > 0 ? snapshot : null,
  )
  return { ...reader, result: () => reader.result().flatMap((snapshot) => snapshot ?? []) }
}
