import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

/** A write request, without its body, which may hold personal data. */
export interface NewAuditEntry {
  readonly requestId: string
  readonly keyId: string
  /** The person or system that acted with the key. */
  readonly actor: string
  readonly method: string
  /** The route's pattern, without values. */
  readonly route: string
  readonly target: string | null
  /** Of the answer. */
  readonly status: number
}

export interface AuditEntry extends NewAuditEntry {
  readonly auditEntryId: number
  readonly at: Instant
}

/** In the transaction of the effect, where there is one. */
export async function insertAuditEntry(db: Kysely<Database>, entry: NewAuditEntry): Promise<void> {
  const { requestId, keyId, ...rest } = entry
  await db
    .insertInto('audit_entry')
    .values({ request_id: requestId, key_id: keyId, ...rest })
    .execute()
}

/** The newest first. @param page `before` is the id that the page before ended with */
export async function listAuditEntries(
  db: Kysely<Database>,
  page: { readonly limit: number; readonly before?: number | undefined; readonly keyId?: string | undefined },
): Promise<readonly AuditEntry[]> {
  const { before, keyId } = page
  const rows = await db
    .selectFrom('audit_entry')
    .select(['audit_entry_id', 'at', 'request_id', 'key_id', 'actor', 'method', 'route', 'target', 'status'])
    .$if(before !== undefined, (query) => query.where('audit_entry_id', '<', before ?? 0))
    .$if(keyId !== undefined, (query) => query.where('key_id', '=', keyId ?? ''))
    .orderBy('audit_entry_id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map(({ audit_entry_id: auditEntryId, request_id: requestId, key_id: id, ...rest }) => {
    return { auditEntryId, requestId, keyId: id, ...rest }
  })
}

const REFUSALS_ARE_KEPT_DAYS = 90
const REMOVED_AT_ONCE = 10_000

/**
 * Deletes entries of writes that were refused 90 days ago. Accepted writes are kept for ever. @returns how many; there may be
 * more
 */
export async function removeOldRefusals(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql`
    delete from audit_entry where audit_entry_id in (
      select audit_entry_id from audit_entry
      where status >= 400 and at < now() - make_interval(days => ${REFUSALS_ARE_KEPT_DAYS})
      limit ${REMOVED_AT_ONCE}) returning 1`.execute(db)
  return rows.length
}
