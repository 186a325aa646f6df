import { type Kysely, sql } from 'kysely'
import type { ChampionChange } from '../../core/evaluation/registry/champions.ts'
import type { Verdict } from '../../core/evaluation/registry/proof.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'
import { storedBy } from '../features/stored-by.ts'
import { inTransaction } from '../database/transactions.ts'

export interface NewPromotion {
  readonly kind: ChampionChange['kind']
  readonly version: string
  readonly replaced: string | null
  readonly forced: boolean
  /** The verdict of the version's backtest at the time of its promotion. */
  readonly verdict: Verdict | null
  readonly promotedBy: string
  readonly reason: string | null
}

export interface Promotion extends NewPromotion {
  readonly promotionId: number
  readonly promotedAt: Instant
}

/**
 * Runs `work` in one transaction while no other transaction changes the champion: of several at once, each sees what the
 * previous one
 * committed. `work` reads, decides and calls `changeChampion`.
 */
export async function inPromotion<Result>(
  db: Kysely<Database>,
  work: (transaction: Kysely<Database>) => Promise<Result>,
): Promise<Result> {
  return await inTransaction(db, async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtext('winrate.promotion'))`.execute(transaction)
    return await work(transaction)
  })
}

/** Makes a version the champion and records who did it and why. Only inside `inPromotion`. @returns when */
export async function changeChampion(transaction: Kysely<Database>, promotion: NewPromotion): Promise<Instant> {
  const { kind, version, replaced, forced, verdict, promotedBy, reason } = promotion
  // The index that allows one champion is checked row by row, so the old champion is unset first.
  await transaction.updateTable('model_version').set({ is_champion: false }).where('is_champion', '=', true).execute()
  await transaction.updateTable('model_version').set({ is_champion: true }).where('version', '=', version).execute()
  const { promoted_at: promotedAt } = await transaction
    .insertInto('promotion')
    .values({ kind, version, replaced, forced, verdict, promoted_by: promotedBy, reason })
    .returning('promotion.promoted_at')
    .executeTakeFirstOrThrow()
  return promotedAt
}

/** Every promotion, the oldest first. */
export async function listChampionChanges(db: Kysely<Database>): Promise<readonly ChampionChange[]> {
  return await db.selectFrom('promotion as p').select(['p.version', 'p.kind']).orderBy('p.promotion_id').execute()
}

/** The newest first. @param page `before` is the id that the page before ended with */
export async function listPromotions(
  db: Kysely<Database>,
  { limit, before }: { readonly limit: number; readonly before?: number | undefined },
): Promise<readonly Promotion[]> {
  const rows = await db
    .selectFrom('promotion as p')
    .select(PROMOTION_COLUMNS)
    .$if(before !== undefined, (query) => query.where('p.promotion_id', '<', before ?? 0))
    .orderBy('p.promotion_id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toPromotion)
}

/** The promotions of these versions, the oldest first. */
export async function listPromotionsOf(
  db: Kysely<Database>,
  versions: readonly string[],
): Promise<readonly Promotion[]> {
  const rows = await db
    .selectFrom('promotion as p')
    .select(PROMOTION_COLUMNS)
    .where('p.version', 'in', versions.length === 0 ? [''] : versions)
    .orderBy('p.promotion_id')
    .execute()
  return rows.map(toPromotion)
}

const PROMOTION_COLUMNS = [
  'p.promotion_id',
  'p.kind',
  'p.version',
  'p.replaced',
  'p.forced',
  'p.verdict',
  'p.promoted_by',
  'p.reason',
  'p.promoted_at',
] as const

interface PromotionRow {
  readonly promotion_id: number
  readonly kind: ChampionChange['kind']
  readonly version: string
  readonly replaced: string | null
  readonly forced: boolean
  readonly verdict: Verdict | null
  readonly promoted_by: string
  readonly reason: string | null
  readonly promoted_at: Instant
}

function toPromotion(row: PromotionRow): Promotion {
  const { promotion_id, promoted_by, promoted_at, ...rest } = row
  return { ...rest, promotionId: promotion_id, promotedBy: promoted_by, promotedAt: promoted_at }
}

/** The champion at an instant; undefined before the first promotion. */
export async function findChampionVersionAt(db: Kysely<Database>, at: Instant): Promise<string | undefined> {
  const row = await db
    .selectFrom('promotion as p')
    .select('p.version')
    .where(storedBy('promotion', 'p', at))
    .orderBy('p.promotion_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.version
}
