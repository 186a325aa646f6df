import type { Kysely } from 'kysely'
import { mergeAttributes } from '../core/features/snapshot.ts'
import { type BuyingGroup, buyingGroup } from '../core/people/buying-group.ts'
import { PeopleSpecification } from '../core/people/people-specification.ts'
import { refusalsOf } from '../core/people/permission.ts'
import type { LoadedModel } from '../core/scoring/bundle.ts'
import type { Instant } from '../core/time.ts'
import { listSnapshots } from '../store/features.ts'
import { isConsentRecorded, listPermissions } from '../store/people.ts'
import type { Database } from '../store/schema.ts'
import { inSnapshot } from '../store/snapshot-transaction.ts'
import { seeingPeople } from './people-data.ts'

/** For versions that were trained before people were: who is known and engaged, without scores. */
const WITHOUT_MODEL = PeopleSpecification.parse({ window_days: [30, 90], half_life_days: 21 })

/** The buying group of an account by what was known before `asOf`; undefined when the account was not. */
export async function findBuyingGroup(
  db: Kysely<Database>,
  model: LoadedModel,
  accountId: number,
  asOf: Instant,
): Promise<BuyingGroup | undefined> {
  const specification = model.bundle.specification.people ?? WITHOUT_MODEL
  const { lookback } = seeingPeople(model.featureSet, specification)
  return await inSnapshot(db, async (view) => {
    const [snapshot] = await listSnapshots(view, [{ accountId, asOf }], lookback)
    if (!snapshot) return undefined
    const people = snapshot.contacts.map(({ externalId }) => externalId)
    const permissions = await listPermissions(view, people, asOf)
    const attributes = mergeAttributes(snapshot.versions, lookback.sourcePrecedence)
    const about = {
      accountRefuses: attributes['do_not_contact'] === true,
      consentIsRecorded: await isConsentRecorded(view, asOf),
    }
    return buyingGroup({
      version: model.version,
      model: model.bundle.people ?? null,
      specification,
      snapshot,
      refusals: refusalsOf(permissions, about, specification),
    })
  })
}
