import { type Kysely, sql } from 'kysely'
import type { Permission } from '../../core/scoring/people/permission.ts'
import type { Instant } from '../../core/base/time.ts'
import { knownBefore } from './known-before.ts'
import { newestVersions } from './newest-versions.ts'
import type { Database } from '../database/tables/schema.ts'

/** The contacts of each opportunity by what was known before `asOf`: external ids, by the external id of the opportunity. */
export async function listLinkedPeople(
  db: Kysely<Database>,
  asOf: Instant,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await sql<{ opportunity: string; people: readonly string[] }>`
    select o.external_id as opportunity, array_agg(c.external_id::text order by c.external_id) as people
    from opportunity_contact l
    join opportunity o on o.opportunity_id = l.opportunity_id
    join contact c on c.contact_id = l.contact_id
    where ${knownBefore('opportunity_contact', 'l', sql`${asOf}::timestamptz`)}
    group by o.external_id`.execute(db)
  return new Map(rows.map(({ opportunity, people }) => [opportunity, new Set(people)]))
}

/** Whether these people may be contacted, by each source, as known before `asOf`. */
export async function listPermissions(
  db: Kysely<Database>,
  contactExternalIds: readonly string[],
  asOf: Instant,
): Promise<readonly Permission[]> {
  const { rows } = await sql<{ external_id: string; do_not_contact: boolean; consent: string | null }>`
    select c.external_id,
      coalesce(v.attributes ->> 'do_not_contact', 'false') = 'true' as do_not_contact,
      v.attributes ->> 'consent' as consent
    from contact c
    join lateral ${newestVersions('contact_version', sql`version.contact_id = c.contact_id`, sql`${asOf}::timestamptz`)} v on true
    where c.external_id = any (${contactExternalIds}::text[])
    order by v.contact_id, v.source`.execute(db)
  return rows.map((row) => ({
    contactExternalId: row.external_id,
    doNotContact: row.do_not_contact,
    consent: row.consent,
  }))
}

/** Whether the consent of any contact was known before `asOf`: only then a missing consent means that it was not given. */
export async function isConsentRecorded(db: Kysely<Database>, asOf: Instant): Promise<boolean> {
  const { rows } = await sql<{ recorded: boolean }>`
    select exists (
      select from contact_version v
      where v.attributes ->> 'consent' <> '' and ${knownBefore('contact_version', 'v', sql`${asOf}::timestamptz`)}
    ) as recorded`.execute(db)
  return rows[0]?.recorded ?? false
}
