import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from './tables/schema.ts'

export interface Readiness {
  /** The number of the last migration applied. */
  readonly migration: number
  /** The champion. */
  readonly champion: string | undefined
  /** The database's clock. */
  readonly clock: Instant | undefined
}

/** One small statement: it shows whether the database answers. */
export async function readReadiness(db: Kysely<Database>): Promise<Readiness> {
  const { rows } = await sql<{ migration: number | null; champion: string | null; clock: Instant }>`
    select (select max(number) from schema_migration) as migration,
           (select version from model_version where is_champion) as champion,
           clock_timestamp() as clock`.execute(db)
  return { migration: rows[0]?.migration ?? 0, champion: rows[0]?.champion ?? undefined, clock: rows[0]?.clock }
}
