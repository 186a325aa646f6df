import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { API_KEY_BYTES, formatApiKey, parseApiKey } from '../../core/access/api-key.ts'
import type { Scope } from '../../core/access/scopes.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'
import { inTransaction } from '../database/transactions.ts'

/** Compared with when the key id is unknown, so that this takes the same work as a wrong secret. */
const NOBODY = sha256('')
/** Held during the creation of the first key, so that replicas that start together create one. */
const FIRST_KEY_LOCK = 7_764_123_002

export interface ApiKey {
  readonly keyId: string
  readonly scopes: readonly string[]
  /** The person or system that acts with this key. */
  readonly actor: string | null
  /** Its requests may name another actor. */
  readonly actorPerRequest: boolean
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
  readonly revokedAt: Instant | null
  /** Set when another key replaces it: until then both are valid. */
  readonly expiresAt: Instant | null
  /** The key that it replaced. */
  readonly replaces: string | null
}

export interface NewApiKey {
  readonly keyId: string
  /** The only time the key can be read. */
  readonly key: string
}

export interface ApiKeyGrant {
  readonly scopes: readonly Scope[]
  readonly actor?: string | undefined
  readonly actorPerRequest?: boolean | undefined
}

/** Stores the key's SHA-256 only: 256 random bits need no slow hash. */
export async function createApiKey(db: Kysely<Database>, grant: ApiKeyGrant): Promise<NewApiKey> {
  return await insertApiKey(db, grant, null)
}

async function insertApiKey(
  db: Kysely<Database>,
  grant: Omit<ApiKeyGrant, 'scopes'> & { readonly scopes: readonly string[] },
  replaces: string | null,
): Promise<NewApiKey> {
  const { keyId, text } = formatApiKey(randomBytes(API_KEY_BYTES))
  await db
    .insertInto('api_key')
    .values({
      key_id: keyId,
      secret_sha256: sha256(text),
      scopes: [...grant.scopes],
      actor: grant.actor ?? null,
      actor_per_request: grant.actorPerRequest ?? false,
      replaces,
      last_used_at: null,
      revoked_at: null,
    })
    .execute()
  return { keyId, key: text }
}

/** @returns the new key, or undefined when the database has or had any key, revoked or not */
export async function createFirstApiKey(db: Kysely<Database>, grant: ApiKeyGrant): Promise<NewApiKey | undefined> {
  return await inTransaction(db, async (transaction) => {
    await sql`select pg_advisory_xact_lock(${FIRST_KEY_LOCK})`.execute(transaction)
    const any = await transaction.selectFrom('api_key').select('api_key.key_id').limit(1).executeTakeFirst()
    return any ? undefined : await createApiKey(transaction, grant)
  })
}

/** @returns the key's row for each text that is a valid key: issued, not revoked and not expired */
export async function listApiKeysByText(
  db: Kysely<Database>,
  texts: readonly string[],
): Promise<ReadonlyMap<string, ApiKey>> {
  const given = texts.flatMap((text) => {
    const parsed = parseApiKey(text)
    return parsed ? [{ text, keyId: parsed.keyId, sha256: sha256(text) }] : []
  })
  if (given.length === 0) return new Map()
  const rows = await db
    .selectFrom('api_key')
    .select(['api_key.secret_sha256', HAS_EXPIRED.as('has_expired'), ...KEY_COLUMNS])
    .where(sql<boolean>`api_key.key_id = any(${given.map(({ keyId }) => keyId)}::text[])`)
    // A wrong secret reads no row, as an unknown id does, so that both take as long; 13 us of 250 would tell them apart.
    .where(sql<boolean>`api_key.secret_sha256 = any(${given.map(({ sha256: secret }) => secret)}::bytea[])`)
    .execute()
  const found = new Map(rows.map((row) => [row.key_id, row]))
  return new Map(
    given.flatMap(({ text, keyId, sha256: secret }) => {
      const row = found.get(keyId)
      const matches = timingSafeEqual(secret, row?.secret_sha256 ?? NOBODY)
      return row && matches && row.revoked_at === null && !row.has_expired ? [[text, toApiKey(row)] as const] : []
    }),
  )
}

/** Notes when keys were last used, at most once a minute, so that most reads cost no write. */
export async function touchApiKeys(db: Kysely<Database>, keyIds: readonly string[]): Promise<void> {
  await db
    .updateTable('api_key')
    .set({ last_used_at: sql<Instant>`now()` })
    .where(sql<boolean>`api_key.key_id = any(${[...keyIds]}::text[])`)
    .where(sql<boolean>`coalesce(last_used_at, '-infinity') < now() - interval '1 minute'`)
    .execute()
}

/** The oldest first. @param page `after` is the last key of the previous page; without a page: all */
export async function listApiKeys(
  db: Kysely<Database>,
  page?: { readonly limit: number; readonly after?: ApiKeyPosition | undefined },
): Promise<readonly ApiKey[]> {
  const after = page?.after
  const rows = await db
    .selectFrom('api_key')
    .select(KEY_COLUMNS)
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(created_at, key_id) > (${after?.createdAt}::timestamptz, ${after?.keyId})`),
    )
    .orderBy('api_key.created_at')
    .orderBy('api_key.key_id')
    .$if(page !== undefined, (query) => query.limit(page?.limit ?? 0))
    .execute()
  return rows.map(toApiKey)
}

export interface ApiKeyPosition {
  readonly createdAt: string
  readonly keyId: string
}

export async function findApiKey(db: Kysely<Database>, keyId: string): Promise<ApiKey | undefined> {
  const row = await db.selectFrom('api_key').select(KEY_COLUMNS).where('api_key.key_id', '=', keyId).executeTakeFirst()
  return row && toApiKey(row)
}

export type Rotation =
  | { readonly kind: 'rotated'; readonly replacement: NewApiKey; readonly replaced: ApiKey }
  | { readonly kind: 'not_found' }
  /** It was revoked or has expired. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'replaced'; readonly by: string }

/**
 * Creates a key with the same rights, and keeps the old one valid for another `overlapSeconds`, so that its users change over
 * without a gap. A key is replaced once: of two concurrent calls, the second gets the key that replaced it.
 */
export async function rotateApiKey(db: Kysely<Database>, keyId: string, overlapSeconds: number): Promise<Rotation> {
  return await inTransaction(db, async (transaction) => {
    const old = await transaction
      .selectFrom('api_key')
      .select([HAS_EXPIRED.as('has_expired'), ...KEY_COLUMNS])
      .where('api_key.key_id', '=', keyId)
      .forUpdate()
      .executeTakeFirst()
    if (!old) return { kind: 'not_found' }
    if (old.revoked_at !== null || old.has_expired) return { kind: 'ended' }
    const successor = await transaction
      .selectFrom('api_key')
      .select('api_key.key_id')
      .where('api_key.replaces', '=', keyId)
      .executeTakeFirst()
    if (successor) return { kind: 'replaced', by: successor.key_id }
    const { scopes, actor, actor_per_request: actorPerRequest } = old
    const replacement = await insertApiKey(transaction, { scopes, actor: actor ?? undefined, actorPerRequest }, keyId)
    const replaced = await transaction
      .updateTable('api_key')
      .set({ expires_at: sql<Instant>`now() + make_interval(secs => ${overlapSeconds})` })
      .where('api_key.key_id', '=', keyId)
      .returning(KEY_COLUMNS)
      .executeTakeFirstOrThrow()
    return { kind: 'rotated', replacement, replaced: toApiKey(replaced) }
  })
}

/** @returns the instant from which the key is not valid; undefined when there is no such key */
export async function revokeApiKey(db: Kysely<Database>, keyId: string): Promise<Instant | undefined> {
  const row = await db
    .updateTable('api_key')
    // Revoking again keeps the first instant.
    .set({ revoked_at: sql<Instant>`coalesce(revoked_at, now())` })
    .where('api_key.key_id', '=', keyId)
    .returning('api_key.revoked_at')
    .executeTakeFirst()
  return row?.revoked_at ?? undefined
}

const HAS_EXPIRED = sql<boolean>`coalesce(api_key.expires_at <= now(), false)`

const KEY_COLUMNS = [
  'api_key.key_id',
  'api_key.scopes',
  'api_key.actor',
  'api_key.actor_per_request',
  'api_key.created_at',
  'api_key.last_used_at',
  'api_key.revoked_at',
  'api_key.expires_at',
  'api_key.replaces',
] as const

interface ApiKeyRow {
  readonly key_id: string
  readonly scopes: readonly string[]
  readonly actor: string | null
  readonly actor_per_request: boolean
  readonly created_at: Instant
  readonly last_used_at: Instant | null
  readonly revoked_at: Instant | null
  readonly expires_at: Instant | null
  readonly replaces: string | null
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    keyId: row.key_id,
    scopes: row.scopes,
    actor: row.actor,
    actorPerRequest: row.actor_per_request,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    expiresAt: row.expires_at,
    replaces: row.replaces,
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
