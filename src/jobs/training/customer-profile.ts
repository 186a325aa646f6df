import type { Kysely } from 'kysely'
import type { ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import type { FeatureSet } from '../../core/features/compile.ts'
import type { FeatureColumn, FeatureValue } from '../../core/features/types.ts'
import { applyModel, compileModel, type LogisticModel } from '../../core/training/logistic/logistic-model.ts'
import type { ProfileColumn } from '../../core/scoring/profile/attribute-values.ts'
import {
  idealCustomerProfile,
  type ProfileOutcome,
  type ProfileExample,
} from '../../core/scoring/profile/ideal-customer-profile.ts'
import { featuresOf } from '../../core/scoring/artifact/model-artifact.ts'
import { columnWeights } from '../../core/scoring/profile/resemblance.ts'
import type { StoredProfile } from '../../core/scoring/profile/stored-profile.ts'
import type { Instant } from '../../core/base/time.ts'
import { AppError } from '../../errors.ts'
import { type CustomerEvent, listCustomerEvents } from '../../store/training/customer-events.ts'
import { findChampionVersion, listModelVersions } from '../../store/registry/models.ts'
import { findProfile } from '../../store/training/profiles.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { modelNotFound } from '../registry/promote.ts'
import { keepEach, type SnapshotReader } from './snapshot-pass.ts'
import type { TrainingData } from './training-data.ts'

const OUTCOME_OF: Readonly<Record<CustomerEvent['kind'], ProfileOutcome>> = {
  renewal: 'renewed',
  expansion: 'expanded',
  churn: 'churned',
}

/**
 * The profile of the company's own deals and customers, each as it was known just before its outcome.
 * @param win the training data of the win model, and the model
 * @param customers of `customerReader`
 */
export function makeProfile(
  featureSet: FeatureSet,
  win: { readonly data: TrainingData; readonly logistic: LogisticModel },
  customers: readonly ProfileExample[],
  asOf: Instant,
): StoredProfile {
  const columns = attributeColumns(featureSet, win.data.columns)
  const deals = dealExamples(columns, win.data, win.logistic)
  const weights = columnWeights(columns, deals)
  return {
    as_of: asOf,
    profile: idealCustomerProfile(columns, [...deals, ...customers]),
    columns: weights.map(({ column, weight, scale }) => ({ ...column, weight, scale })),
    won_accounts: wonAccounts(win.data, deals),
  }
}

/** The attributes among the columns of the win model: what a company is, not what it does. */
function attributeColumns(featureSet: FeatureSet, columns: readonly FeatureColumn[]): readonly ProfileColumn[] {
  const read = new Set(columns.map((column) => column.name))
  return featureSet.features.flatMap(({ definition }) =>
    definition.measure === 'attribute' && definition.family === 'account_fit' && read.has(definition.name)
      ? [{ name: definition.name, noun: definition.noun[1], kind: definition.type }]
      : [],
  )
}

function dealExamples(
  columns: readonly ProfileColumn[],
  data: TrainingData,
  logistic: LogisticModel,
): readonly ProfileExample[] {
  const compiled = compileModel(logistic)
  const places = columns.map((column) => data.columns.findIndex(({ name }) => name === column.name))
  return data.rows.map((row) => {
    const parts = new Map(
      applyModel(compiled, row.values).contributions.map(({ feature, ofValue }) => [feature, ofValue?.logOdds ?? 0]),
    )
    return {
      account: row.id,
      outcome: row.won ? 'won' : 'lost',
      values: places.map((place) => row.values[place] ?? null),
      contributions: columns.map((column) => parts.get(column.name) ?? 0),
    }
  })
}

/** Customers as they were known when they renewed, expanded or left, by the attributes of a profile. */
export async function customerReader(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  win: ModelSpecification,
  asOf: Instant,
): Promise<SnapshotReader<readonly ProfileExample[]>> {
  const read = featuresOf(featureSet, win).flatMap((index) => featureSet.columns[index] ?? [])
  const places = attributeColumns(featureSet, read).map((column) =>
    featureSet.columns.findIndex(({ name }) => name === column.name),
  )
  const events = await listCustomerEvents(db, asOf)
  const requests = events.map(({ accountId, occurredAt }) => ({ accountId, asOf: occurredAt }))
  const reader = keepEach('customers', requests, (index, snapshot, features): ProfileExample | null => {
    const event = events[index]
    if (!event) return null
    const all = features()
    return {
      account: snapshot.externalId,
      outcome: OUTCOME_OF[event.kind],
      values: places.map((place) => all[place] ?? null),
      contributions: null,
    }
  })
  return { ...reader, result: () => reader.result().flatMap((example) => example ?? []) }
}

function wonAccounts(data: TrainingData, deals: readonly ProfileExample[]): StoredProfile['won_accounts'] {
  const newest = new Map<string, { readonly openedAt: Instant; readonly values: readonly FeatureValue[] }>()
  data.rows.forEach((row, index) => {
    const values = deals[index]?.values
    const known = newest.get(row.id)
    if (row.won && values && (!known || known.openedAt < row.openedAt)) newest.set(row.id, { ...row, values })
  })
  return [...newest]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([externalId, { values }]) => ({ external_id: externalId, values: values.map(plain) }))
}

function plain(value: FeatureValue): string | number | string[] | null {
  return typeof value === 'object' && value !== null ? [...value] : value
}

/**
 * The profile of a version; by default of the champion, else of the newest.
 * @throws AppError ModelNotFound when there is no such version, or it was trained without a win model or before profiles
 */
export async function findVersionProfile(
  db: Kysely<Database>,
  version?: string,
): Promise<{ readonly version: string; readonly profile: StoredProfile }> {
  const known = await listModelVersions(db)
  const wanted = version ?? (await findChampionVersion(db)) ?? known.at(-1)
  if (wanted === undefined) throw new AppError('ModelNotFound', 'no version has been trained yet: run `npm run train`')
  if (!known.includes(wanted)) throw modelNotFound(wanted, known)
  const profile = await findProfile(db, wanted)
  if (!profile) {
    throw new AppError(
      'ModelNotFound',
      `version ${wanted} has no customer profile: train a version with a win model (models/win.json)`,
    )
  }
  return { version: wanted, profile }
}
