import type { Kysely } from 'kysely'
import { nearest } from '../../core/base/did-you-mean.ts'
import { championBefore } from '../../core/evaluation/registry/champions.ts'
import { whyNotProven } from '../../core/evaluation/registry/proof.ts'
import { AppError } from '../../errors.ts'
import { findBacktest } from '../../store/evaluation/backtests.ts'
import { appendEvents } from '../../store/delivery/events.ts'
import { findChampionVersion, findModel, listModelVersions } from '../../store/registry/models.ts'
import { changeChampion, inPromotion, listChampionChanges, type NewPromotion } from '../../store/registry/promotions.ts'
import type { Database } from '../../store/database/tables/schema.ts'

export interface PromotionRequest {
  /** The actor, for the record. */
  readonly promotedBy: string
  readonly reason: string | null
  /** Promotes a version that is not proven. Requires a reason. */
  readonly force?: boolean | undefined
  /** Promotes only if this version is the champion; null: only if there is none. Default: no check. */
  readonly expectedChampion?: string | null | undefined
}

export interface PromotionOutcome {
  readonly champion: string
  /** The previous champion; null when there was none. */
  readonly replaced: string | null
  /** False when the version already was the champion: then nothing is recorded. */
  readonly changed: boolean
}

/**
 * Makes a version the champion, in one transaction.
 * @throws AppError ModelNotFound with the nearest known versions
 * @throws AppError ChampionChanged when another version than expected is the champion
 * @throws AppError ModelUnusable when the version's artifact was altered
 * @throws AppError ModelNotProven with the verdict and its reasons, unless forced
 * @throws AppError OptionInvalid when forced without a reason
 */
export async function promote(
  db: Kysely<Database>,
  version: string,
  request: PromotionRequest,
): Promise<PromotionOutcome> {
  const { promotedBy, force = false } = request
  const reason = request.reason?.trim() || null
  if (force && reason === null)
    throw new AppError('OptionInvalid', 'a forced promotion requires a reason, which is recorded: give one')
  // Checks the artifact before the lock is taken: a sound artifact does not change.
  await findModel(db, version)
  return await inPromotion(db, async (transaction) => {
    const known = await listModelVersions(transaction)
    if (!known.includes(version)) throw modelNotFound(version, known)
    const replaced = (await findChampionVersion(transaction)) ?? null
    expectChampion(replaced, request.expectedChampion)
    if (replaced === version) return { champion: version, replaced, changed: false }
    const backtest = await findBacktest(transaction, version)
    const missing = whyNotProven(version, backtest)
    if (missing !== undefined && !force) throw new AppError('ModelNotProven', `${missing}. ${HOW_TO_FORCE}`)
    const verdict = backtest?.verdict ?? null
    // A proven version counts as not forced.
    const forced = missing !== undefined
    await switchChampion(transaction, { kind: 'promote', version, replaced, forced, verdict, promotedBy, reason })
    return { champion: version, replaced, changed: true }
  })
}

const HOW_TO_FORCE = 'Only a proven version can be promoted. Force it with a reason, which is recorded with your name.'

/** @throws AppError ChampionChanged */
export function expectChampion(champion: string | null, expected: string | null | undefined): void {
  if (expected === undefined || expected === champion) return
  const name = (version: string | null) => (version === null ? 'none' : `"${version}"`)
  throw new AppError('ChampionChanged', `the champion is ${name(champion)}, expected ${name(expected)}`)
}

export function modelNotFound(version: string, known: readonly string[]): AppError {
  const near = nearest(version, known)
  const nearestKnown = near.length === 0 ? '' : `; nearest known: ${near.join(', ')}`
  const hint = known.length === 0 ? '; none has been trained yet' : nearestKnown
  return new AppError('ModelNotFound', `no model version "${version}"${hint}`)
}

/** Makes a version the champion, and records it with an event. Only inside `inPromotion`. */
export async function switchChampion(transaction: Kysely<Database>, promotion: NewPromotion): Promise<void> {
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

export interface RollbackRequest {
  /** The actor, for the record. */
  readonly promotedBy: string
  readonly reason: string | null
  /** The champion to roll back. Of two concurrent rollbacks the second is refused, so the champion changes once. */
  readonly expectedChampion: string
}

/**
 * Makes the previous champion the champion again, in one transaction. No proof is required: it was promoted before. Its artifact is
 * unchanged, so its scores are equal to the last bit.
 * @throws AppError ChampionChanged when another version than expected is the champion
 * @throws AppError ModelUnusable when the previous champion's artifact was altered
 * @throws AppError NothingToRollBack when there is no previous champion
 */
export async function rollBack(db: Kysely<Database>, request: RollbackRequest): Promise<PromotionOutcome> {
  const { promotedBy, expectedChampion } = request
  return await inPromotion(db, async (transaction) => {
    const replaced = (await findChampionVersion(transaction)) ?? null
    expectChampion(replaced, expectedChampion)
    const version = championBefore(await listChampionChanges(transaction))
    if (version === undefined) {
      throw new AppError(
        'NothingToRollBack',
        `"${expectedChampion}" is the first champion: there is no earlier one to return to`,
      )
    }
    await findModel(transaction, version)
    const verdict = (await findBacktest(transaction, version))?.verdict ?? null
    const reason = request.reason?.trim() || null
    const promotion = { kind: 'rollback', version, replaced, forced: false, verdict, promotedBy, reason } as const
    await switchChampion(transaction, promotion)
    return { champion: version, replaced, changed: true }
  })
}
