import type { Kysely } from 'kysely'
import { appendEvents } from '../store/events.ts'
import { changeChampion, type NewPromotion } from '../store/promotions.ts'
import type { Database } from '../store/schema.ts'

/** Makes a version the champion, notes it and tells of it. Only inside `inPromotion`. */
export async function putInUse(transaction: Kysely<Database>, promotion: NewPromotion): Promise<void> {
  const asOf = await changeChampion(transaction, promotion)
  const { kind, version, replaced, forced, verdict, promotedBy, reason } = promotion
  await appendEvents(transaction, [
    {
      type: 'model.promoted',
      accountId: null,
      motion: null,
      asOf,
      modelVersion: version,
      actor: promotedBy,
      payload: { kind, version, replaced, forced, verdict, reason },
    },
  ])
}
