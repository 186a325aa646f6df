import type { Kysely } from 'kysely'
import { championBefore } from '../core/registry/champions.ts'
import { AppError } from '../errors.ts'
import { findBacktest } from '../store/backtests.ts'
import { findChampionVersion, findModel } from '../store/models.ts'
import { inPromotion, listChampionChanges } from '../store/promotions.ts'
import type { Database } from '../store/schema.ts'
import { expectChampion, type PromotionOutcome } from './promote.ts'
import { putInUse } from './put-in-use.ts'

export interface RollbackRequest {
  /** Who, for the record. */
  readonly promotedBy: string
  readonly reason: string | null
  /** The champion to be got rid of: of two who roll back the same one, the second is told, and does not go back twice. */
  readonly expectedChampion: string
}

/**
 * Puts the champion before the present one in use again, in one transaction. It was promoted once, so that no proof is
 * asked for. Its bundle is what it was: so are its scores, bit by bit.
 * @throws AppError ChampionChanged when another version than expected is the champion
 * @throws AppError ModelUnusable when the artifact of that one was altered
 * @throws AppError NothingToRollBack when there was no champion before
 */
export async function rollBack(db: Kysely<Database>, request: RollbackRequest): Promise<PromotionOutcome> {
  const { promotedBy, expectedChampion } = request
  return await inPromotion(db, async (transaction) => {
    const replaced = (await findChampionVersion(transaction)) ?? null
    expectChampion(replaced, expectedChampion)
    const version = championBefore(await listChampionChanges(transaction))
    if (version === undefined) {
      throw new AppError('NothingToRollBack', `there was no champion before "${expectedChampion}"`)
    }
    await findModel(transaction, version)
    const verdict = (await findBacktest(transaction, version))?.verdict ?? null
    const reason = request.reason?.trim() || null
    const promotion = { kind: 'rollback', version, replaced, forced: false, verdict, promotedBy, reason } as const
    await putInUse(transaction, promotion)
    return { champion: version, replaced, changed: true }
  })
}
