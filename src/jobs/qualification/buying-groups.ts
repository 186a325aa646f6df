import type { Kysely } from 'kysely'
import { type AccountSnapshot, mergeAttributes } from '../../core/features/snapshot.ts'
import { type BuyingGroup, buyingGroup } from '../../core/scoring/people/buying-group.ts'
import { PeopleSpecification } from '../../core/scoring/people/people-specification.ts'
import { refusalsOf } from '../../core/scoring/people/permission.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import type { Instant } from '../../core/base/time.ts'
import { listSnapshots } from '../../store/features/account-snapshots.ts'
import { isConsentRecorded, listPermissions } from '../../store/features/opportunity-contacts.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inSnapshot } from '../../store/database/snapshot-transaction.ts'
import { seeingPeople } from '../training/contact-data.ts'

/** For versions without a people model: counts known and engaged people, without scores. */
const WITHOUT_MODEL = PeopleSpecification.parse({ window_days: [30, 90], half_life_days: 21 })

export function peopleSpecificationOf({ artifact }: LoadedModel): PeopleSpecification {
  return artifact.specification.people ?? WITHOUT_MODEL
}

/** The buying groups of these accounts as known before `asOf`, in their order. */
export async function listBuyingGroups(
  db: Kysely<Database>,
  model: LoadedModel,
  snapshots: readonly AccountSnapshot[],
  asOf: Instant,
): Promise<readonly BuyingGroup[]> {
  if (snapshots.length === 0) return []
  const specification = peopleSpecificationOf(model)
  const people = snapshots.flatMap(({ contacts }) => contacts.map(({ externalId }) => externalId))
  const permissionsOf = Map.groupBy(
    await listPermissions(db, people, asOf),
    ({ contactExternalId }) => contactExternalId,
  )
  const consentIsRecorded = await isConsentRecorded(db, asOf)
  return snapshots.map((snapshot) => {
    const attributes = mergeAttributes(snapshot.versions, model.featureSet.lookback.sourcePrecedence)
    const about = { accountRefuses: attributes['do_not_contact'] === true, consentIsRecorded }
    const permissions = snapshot.contacts.flatMap(({ externalId }) => permissionsOf.get(externalId) ?? [])
    return buyingGroup({
      version: model.version,
      model: model.artifact.people ?? null,
      specification,
      snapshot,
      refusals: refusalsOf(permissions, about, specification),
    })
  })
}

/** The buying group of an account as known before `asOf`. @returns undefined when the account was not known */
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
