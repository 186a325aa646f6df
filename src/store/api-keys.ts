import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { API_KEY_BYTES, formatApiKey, parseApiKey } from '../core/auth/api-key.ts'
import type { Scope } from '../core/auth/scopes.ts'
import type { Instant } from '../core/time.ts'
import type { Database } from './schema.ts'

/** Compared with when the key id is unknown, so that this takes the same work as a wrong secret. */
const NOBODY = sha256('')
/** Taken while the first key is made, so that replicas starting together make one. */
const FIRST_KEY_LOCK = 7_764_123_002

export interface ApiKey {
  readonly keyId: string
  readonly scopes: readonly string[]
  /** The person or system that acts with this key. */
  readonly actor: string | null
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
  readonly revokedAt: Instant | null
}

export interface NewApiKey {
  readonly keyId: string
  /** The only time the key can be read. */
  readonly key: string
}

export interface ApiKeyGrant {
  readonly scopes: readonly Scope[]
  readonly actor?: string | undefined
}

/** Stores the key's SHA-256 only: 256 random bits need no slow hash. */
export async function createApiKey(db: Kysely<Database>, grant: ApiKeyGrant): Promise<NewApiKey> {
  const { keyId, text } = formatApiKey(randomBytes(API_KEY_BYTES))
  await db
    .insertInto('api_key')
    .values({
      key_id: keyId,
      secret_sha256: sha256(text),
      scopes: [...grant.scopes],
      actor: grant.actor ?? null,
      last_used_at: null,
      revoked_at: null,
    })
    .execute()
  return { keyId, key: text }
}

/** @returns the new key, or undefined when the database has had one before, revoked or not */
export async function createFirstApiKey(db: Kysely<Database>, grant: ApiKeyGrant): Promise<NewApiKey | undefined> {
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${FIRST_KEY_LOCK})`.execute(transaction)
    const any = await transaction.selectFrom('api_key').select('api_key.key_id').limit(1).executeTakeFirst()
    return any ? undefined : await createApiKey(transaction, grant)
  })
}

/** @returns the key's row when the text is a key that was issued and not revoked */
export async function findApiKeyByText(db: Kysely<Database>, text: string): Promise<ApiKey | undefined> {
  const parsed = parseApiKey(text)
  if (!parsed) return undefined
  const row = await db
    .selectFrom('api_key')
    .select(['api_key.secret_sha256', ...KEY_COLUMNS])
    .where('api_key.key_id', '=', parsed.keyId)
    .executeTakeFirst()
  const matches = timingSafeEqual(sha256(parsed.text), row?.secret_sha256 ?? NOBODY)
  return row && matches && row.revoked_at === null ? toApiKey(row) : undefined
}

/** Notes that a key is in use, at most once a minute, so that reading costs no write. */
export async function touchApiKey(db: Kysely<Database>, keyId: string): Promise<void> {
  await db
    .updateTable('api_key')
    .set({ last_used_at: sql<Instant>`now()` })
    .where('api_key.key_id', '=', keyId)
    .where(sql<boolean>`coalesce(last_used_at, '-infinity') < now() - interval '1 minute'`)
    .execute()
}

export async function listApiKeys(db: Kysely<Database>): Promise<readonly ApiKey[]> {
  const rows = await db
    .selectFrom('api_key')
    .select(KEY_COLUMNS)
    .orderBy('api_key.created_at')
    .orderBy('api_key.key_id')
    .execute()
  return rows.map(toApiKey)
}

/** @returns the instant from which the key opens nothing; undefined when there is no such key */
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

const KEY_COLUMNS = [
  'api_key.key_id',
  'api_key.scopes',
  'api_key.actor',
  'api_key.created_at',
  'api_key.last_used_at',
  'api_key.revoked_at',
] as const

interface ApiKeyRow {
  readonly key_id: string
  readonly scopes: readonly string[]
  readonly actor: string | null
  readonly created_at: Instant
  readonly last_used_at: Instant | null
  readonly revoked_at: Instant | null
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    keyId: row.key_id,
    scopes: row.scopes,
    actor: row.actor,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
