import type { Kysely } from 'kysely'
import type { BuyingGroup } from '../core/people/buying-group.ts'
import type { LoadedModel } from '../core/scoring/bundle.ts'
import type { Instant } from '../core/time.ts'
import { listSnapshots } from '../store/features.ts'
import type { Database } from '../store/schema.ts'
import { inSnapshot } from '../store/snapshot-transaction.ts'
import { listBuyingGroups, peopleSpecificationOf } from './buying-groups.ts'
import { seeingPeople } from './people-data.ts'

/** The buying group of an account by what was known before `asOf`; undefined when the account was not. */
export async function findBuyingGroup(
  db: Kysely<Database>,
  model: LoadedModel,
  accountId: number,
  asOf: Instant,
): Promise<BuyingGroup | undefined> {
  const { lookback } = seeingPeople(model.featureSet, peopleSpecificationOf(model))
  return await inSnapshot(db, async (view) => {
    const [snapshot] = await listSnapshots(view, [{ accountId, asOf }], lookback)
    const [group] = snapshot ? await listBuyingGroups(view, model, [snapshot], asOf) : []
    return group
  })
}
