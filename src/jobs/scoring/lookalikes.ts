import type { Kysely } from 'kysely'
import { readFeatures } from '../../core/features/compile.ts'
import type { FeatureValue } from '../../core/features/types.ts'
import { type ColumnWeight, resemblance } from '../../core/scoring/profile/resemblance.ts'
import type { StoredProfile } from '../../core/scoring/profile/stored-profile.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import { listSnapshots } from '../../store/features/account-snapshots.ts'
import {
  type Candidate,
  type CandidatePosition,
  listAccountNames,
  listCandidates,
} from '../../store/scoring/lookalikes.ts'
import type { Database } from '../../store/database/tables/schema.ts'

/** Won accounts named for each lookalike. */
const MOST_RESEMBLED = 3

export interface Lookalike extends Candidate {
  /** The most similar won accounts, the most similar first; empty when nothing is in common. */
  readonly resembles: readonly Resembled[]
}

export interface Resembled {
  readonly externalId: string
  readonly name: string | null
  /** The weighted share of the profile's columns in common, in [0, 1]. */
  readonly similarity: number
  readonly inCommon: readonly string[]
}

/** Accounts that are not in the CRM, the likeliest to be won first, each with the won accounts that it resembles. */
export async function listLookalikes(
  db: Kysely<Database>,
  model: LoadedModel,
  profile: StoredProfile,
  page: { readonly limit: number; readonly after?: CandidatePosition | undefined },
): Promise<readonly Lookalike[]> {
  const candidates = await listCandidates(db, page)
  const snapshots = await listSnapshots(db, candidates, model.featureSet.lookback)
  const weights = profile.columns.map(({ weight, scale, ...column }): ColumnWeight => ({ column, weight, scale }))
  const places = profile.columns.map(({ name }) => model.featureSet.columns.findIndex((column) => column.name === name))
  const found = snapshots.map((snapshot) => {
    const all = snapshot ? readFeatures(model.featureSet, snapshot) : []
    return mostAlike(
      weights,
      places.map((place) => all[place] ?? null),
      profile,
    )
  })
  const names = await listAccountNames(
    db,
    found.flatMap((resembled) => resembled.map(({ externalId }) => externalId)),
  )
  return candidates.map((candidate, index) => ({
    ...candidate,
    resembles: (found[index] ?? []).map((one) => ({ ...one, name: names.get(one.externalId) ?? null })),
  }))
}

function mostAlike(weights: readonly ColumnWeight[], values: readonly FeatureValue[], profile: StoredProfile) {
  const compared = profile.won_accounts.map(({ external_id: externalId, values: won }) => ({
    externalId,
    ...resemblance(weights, values, won),
  }))
  return compared
    .filter(({ inCommon }) => inCommon.length > 0)
    .toSorted((one, other) => other.similarity - one.similarity || (one.externalId < other.externalId ? -1 : 1))
    .slice(0, MOST_RESEMBLED)
}
