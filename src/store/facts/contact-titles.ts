import { type Kysely, sql } from 'kysely'
import { ALWAYS, newestVersions } from '../features/newest-versions.ts'
import type { Database } from '../database/tables/schema.ts'

/** A title, and how many contacts have it. */
export interface TitleCount {
  readonly title: string
  readonly contacts: number
}

/** The titles of all contacts by the newest version of each source, most frequent first. */
export async function countTitles(db: Kysely<Database>): Promise<readonly TitleCount[]> {
  const { rows } = await sql<TitleCount>`
    select v.title, count(distinct v.contact_id)::integer as contacts
    from ${newestVersions('contact_version', sql`true`, ALWAYS)} v
    where v.title is not null and not v.deleted
    group by v.title
    order by contacts desc, v.title collate "C"`.execute(db)
  return rows
}
