import type { Kysely } from 'kysely'
import { StoredProfile } from '../../core/scoring/profile/stored-profile.ts'
import type { Database } from '../database/tables/schema.ts'

/** Stores the profile of a version's training data; the same training has the same profile. */
export async function insertProfile(db: Kysely<Database>, version: string, profile: StoredProfile): Promise<void> {
  await db
    .insertInto('customer_profile')
    .values({ version, profile: JSON.stringify(profile) })
    .onConflict((conflict) => conflict.column('version').doUpdateSet({ profile: JSON.stringify(profile) }))
    .execute()
}

export async function findProfile(db: Kysely<Database>, version: string): Promise<StoredProfile | undefined> {
  const row = await db
    .selectFrom('customer_profile as p')
    .select('p.profile')
    .where('p.version', '=', version)
    .executeTakeFirst()
  return row && StoredProfile.parse(row.profile)
}
