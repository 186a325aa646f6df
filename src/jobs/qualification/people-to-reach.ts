import type { Kysely } from 'kysely'
import type { BuyingGroup } from '../../core/scoring/people/buying-group.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { listSnapshots } from '../../store/features/account-snapshots.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { listBuyingGroups, peopleSpecificationOf } from './buying-groups.ts'
import { seeingPeople } from '../training/contact-data.ts'

export type PersonToReach = BuyingGroup['people_to_reach'][number]

/** At most `most` people to contact first, by account, as known before `asOf`. The number of statements does not depend on that of accounts. */
export async function listPeopleToReach(
  db: Kysely<Database>,
  model: LoadedModel,
  accountIds: readonly number[],
  { asOf, most }: { readonly asOf: Instant; readonly most: number },
): Promise<ReadonlyMap<number, readonly PersonToReach[]>> {
  const { lookback } = seeingPeople(model.featureSet, peopleSpecificationOf(model))
  const requests = accountIds.map((accountId) => ({ accountId, asOf }))
  const snapshots = await listSnapshots(db, requests, lookback)
  const known = snapshots.flatMap((snapshot, index) => {
    const accountId = accountIds[index]
    return snapshot && accountId !== undefined ? [{ accountId, snapshot }] : []
  })
  const groups = await listBuyingGroups(
    db,
    model,
    known.map(({ snapshot }) => snapshot),
    asOf,
  )
  return new Map(known.map(({ accountId }, index) => [accountId, groups[index]?.people_to_reach.slice(0, most) ?? []]))
}
