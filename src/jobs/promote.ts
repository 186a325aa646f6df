import type { Kysely } from 'kysely'
import { nearest } from '../core/nearest.ts'
import { whyNotProven } from '../core/registry/proof.ts'
import { AppError } from '../errors.ts'
import { findBacktest } from '../store/backtests.ts'
import { findChampionVersion, findModel, listModelVersions } from '../store/models.ts'
import { inPromotion } from '../store/promotions.ts'
import type { Database } from '../store/schema.ts'
import { putInUse } from './put-in-use.ts'

export interface PromotionRequest {
  /** Who, for the record. */
  readonly promotedBy: string
  readonly reason: string | null
  /** Also a version that is not proven. Needs a reason. */
  readonly force?: boolean | undefined
  /** Only if this version is the champion; null: only if there is none. Left out: whichever it is. */
  readonly expectedChampion?: string | null | undefined
}

export interface PromotionOutcome {
  readonly champion: string
  /** The champion before; null when there was none. */
  readonly replaced: string | null
  /** False when the version was the champion already: then nothing is noted. */
  readonly changed: boolean
}

/**
 * Makes a version the champion, in one transaction.
 * @throws AppError ModelNotFound naming the nearest known versions
 * @throws AppError ChampionChanged when another version than expected is the champion
 * @throws AppError ModelUnusable when the version's artifact was altered
 * @throws AppError ModelNotProven naming the verdict and what it rests on, unless forced
 * @throws AppError OptionInvalid when forced without a reason
 */
export async function promote(
  db: Kysely<Database>,
  version: string,
  request: PromotionRequest,
): Promise<PromotionOutcome> {
  const { promotedBy, force = false } = request
  const reason = request.reason?.trim() || null
  if (force && reason === null) throw new AppError('OptionInvalid', 'to force a promotion give a reason for the record')
  // Before the lock, since nothing changes an artifact that is sound.
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
    // Forcing what is proven anyway is no exception to be looked into later.
    const forced = missing !== undefined
    await putInUse(transaction, { kind: 'promote', version, replaced, forced, verdict, promotedBy, reason })
    return { champion: version, replaced, changed: true }
  })
}

const HOW_TO_FORCE =
  'Only a proven version is promoted, unless it is forced with a reason, which is recorded with who forced it.'

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
