import { type Kysely, sql } from 'kysely'
import type { Database } from './schema.ts'

export interface Readiness {
  /** The number of the last migration applied. */
  readonly migration: number
  /** The version in use. */
  readonly champion: string | undefined
}

/** One small statement: answers whether the database does. */
export async function readReadiness(db: Kysely<Database>): Promise<Readiness> {
  const { rows } = await sql<{ migration: number | null; champion: string | null }>`
    select (select max(number) from schema_migration) as migration,
           (select version from model_version where is_champion) as champion`.execute(db)
  return { migration: rows[0]?.migration ?? 0, champion: rows[0]?.champion ?? undefined }
}
