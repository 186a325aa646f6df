import type { Kysely } from 'kysely'
import type { Database } from '../database/tables/schema.ts'

/** The secret that all replicas on one database share. The migrations create it, so a missing one is an error. */
export async function getServiceSecret(db: Kysely<Database>, purpose: 'cursor'): Promise<Buffer> {
  const row = await db
    .selectFrom('service_secret')
    .select('service_secret.secret')
    .where('service_secret.purpose', '=', purpose)
    .executeTakeFirstOrThrow()
  return row.secret
}
