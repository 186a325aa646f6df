import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

/** For how long a repeated write gets its first answer. */
export const ANSWERS_ARE_KEPT_HOURS = 24
const KEPT_FOR = sql<string>`make_interval(hours => ${ANSWERS_ARE_KEPT_HOURS})`
/** Each write deletes so many expired answers, so that the table never holds much more than a day's. */
const CLEARED_AT_ONCE = 10

/** One write of one client. The same Idempotency-Key of another client is another write. */
export interface ClientWrite {
  readonly keyId: string
  readonly idempotencyKeySha256: Buffer
}

export interface KeptAnswer {
  /** Equal for equal requests. */
  readonly fingerprint: Buffer
  readonly sealedAnswer: Buffer
}

export async function findKeptAnswer(db: Kysely<Database>, write: ClientWrite): Promise<KeptAnswer | undefined> {
  const row = await db
    .selectFrom('idempotent_answer')
    .select(['fingerprint', 'sealed_answer'])
    .where('key_id', '=', write.keyId)
    .where('idempotency_key_sha256', '=', write.idempotencyKeySha256)
    .where('created_at', '>', sql<Instant>`now() - ${KEPT_FOR}`)
    .executeTakeFirst()
  return row && { fingerprint: row.fingerprint, sealedAnswer: row.sealed_answer }
}

/** Until the transaction ends no other request can begin this write. @returns false when another one has */
export async function tryToBegin(transaction: Kysely<Database>, write: ClientWrite): Promise<boolean> {
  const name = `${write.keyId} ${write.idempotencyKeySha256.toString('hex')}`
  const { rows } = await sql<{ begun: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as begun`.execute(transaction)
  return rows[0]?.begun === true
}

/** In the transaction of the effect. */
export async function keepAnswer(transaction: Kysely<Database>, write: ClientWrite, answer: KeptAnswer): Promise<void> {
  const kept = { fingerprint: answer.fingerprint, sealed_answer: answer.sealedAnswer }
  await transaction
    .insertInto('idempotent_answer')
    .values({ key_id: write.keyId, idempotency_key_sha256: write.idempotencyKeySha256, ...kept })
    // A row that is replaced has expired.
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'idempotency_key_sha256']).doUpdateSet({ ...kept, created_at: sql<Instant>`now()` }),
    )
    .execute()
  await sql`
    delete from idempotent_answer where ctid = any (array(
      select ctid from idempotent_answer where created_at <= now() - ${KEPT_FOR}
      order by created_at limit ${CLEARED_AT_ONCE} for update skip locked
    ))`.execute(transaction)
}
