import type { Kysely } from 'kysely'
import { type ModelSpecification, maturityDays } from '../../core/training/cohorts/model-specification.ts'
import type { FeatureSet } from '../../core/features/compile.ts'
import type { AccountSnapshot } from '../../core/features/snapshot.ts'
import type { PeopleExample } from '../../core/scoring/people/contact-model.ts'
import { engagedDays, type PeopleSpecification } from '../../core/scoring/people/people-specification.ts'
import { type PeopleModel, trainPeople } from '../../core/scoring/people/people-model.ts'
import { hashSeed } from '../../core/base/random.ts'
import type { Specification } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { readSnapshots } from '../../store/features/account-snapshots.ts'
import { listCohortAccounts } from '../../store/features/opportunity-histories.ts'
import { listLinkedPeople } from '../../store/features/opportunity-contacts.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { type Progress, readCohort } from './training-data.ts'

/** Accounts beyond this are represented by a random share of them: their people are enough to rank a person by. */
const MOST_ACCOUNTS = 4_000

/** What the people of a version are learned from. */
export interface PeopleData {
  readonly examples: readonly PeopleExample[]
  /** Accounts whose people scores are held against. */
  readonly reference: readonly AccountSnapshot[]
  readonly specification: PeopleSpecification
  readonly featureSet: FeatureSet
  readonly labelWindowDays: number
}

/** Reads the win model's opportunities with everybody named on them; null where people or winning are not specified. */
export async function readPeopleData(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  { people: specification, models }: Specification,
  asOf: Instant,
  progress: Progress,
): Promise<PeopleData | null> {
  const win = models.find(({ model }) => model === 'win')
  if (!specification || !win) return null
  const set = seeingPeople(featureSet, specification)
  return {
    examples: await readExamples(db, set, withHistory(win, specification), asOf, progress),
    reference: await readReference(db, set, asOf, progress),
    specification,
    featureSet,
    labelWindowDays: maturityDays(win.label),
  }
}

export function learnPeople(data: PeopleData): PeopleModel {
  const { examples, reference, featureSet, specification, labelWindowDays } = data
  return trainPeople(examples, reference, featureSet, specification, labelWindowDays)
}

/** The window of the people may reach further back than any feature of the accounts. */
export function seeingPeople(set: FeatureSet, specification: PeopleSpecification): FeatureSet {
  const activityDays = Math.max(set.lookback.activityDays, engagedDays(specification))
  return { ...set, lookback: { ...set.lookback, activityDays } }
}

function withHistory(win: ModelSpecification, { history_months }: PeopleSpecification): ModelSpecification {
  return { ...win, training: { ...win.training, history_months } }
}

async function readExamples(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  win: ModelSpecification,
  asOf: Instant,
  progress: Progress,
): Promise<readonly PeopleExample[]> {
  const { rows } = await readCohort(db, win, asOf)
  const linked = await listLinkedPeople(db, asOf)
  const examples: PeopleExample[] = []
  let position = 0
  const requests = rows.map((row) => ({ accountId: row.account.accountId, asOf: row.asOf }))
  for await (const snapshots of readSnapshots(db, requests, featureSet.lookback)) {
    for (const snapshot of snapshots) {
      const row = rows[position]
      position += 1
      if (!snapshot || !row) continue
      const { account, asOf: at, openedAt, won, opportunity } = row
      const people = linked.get(opportunity ?? '') ?? new Set()
      examples.push({ account: account.externalId, asOf: at, openedAt, won, snapshot, linked: people })
    }
    progress('people', position, requests.length)
  }
  return examples
}

async function readReference(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  asOf: Instant,
  progress: Progress,
): Promise<readonly AccountSnapshot[]> {
  const everybody = await listCohortAccounts(db, asOf)
  const share = MOST_ACCOUNTS / everybody.length
  const asked = everybody.filter(({ externalId }) => share >= 1 || hashSeed(`people ${externalId}`) / 2 ** 32 < share)
  const reference: AccountSnapshot[] = []
  const requests = asked.map(({ accountId }) => ({ accountId, asOf }))
  for await (const snapshots of readSnapshots(db, requests, featureSet.lookback)) {
    for (const snapshot of snapshots) if (snapshot && snapshot.contacts.length > 0) reference.push(snapshot)
    progress('people to compare with', reference.length, requests.length)
  }
  return reference
}
