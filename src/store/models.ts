import type { Kysely } from 'kysely'
import type { TrainingFindings } from '../core/readiness/training-findings.ts'
import type { Bundle } from '../core/scoring/bundle.ts'
import type { Database } from './schema.ts'

export interface StoredModel {
  readonly version: string
  /** As it was stored; parse with the Bundle schema before use. */
  readonly bundle: unknown
  readonly createdAt: string
}

/** Stores a trained bundle. Training the same data twice gives the same version, stored once. */
export async function insertModelVersion(db: Kysely<Database>, version: string, bundle: Bundle): Promise<void> {
  await db
    .insertInto('model_version')
    .values({
      version,
      as_of: bundle.as_of as never,
      data_sha256: bundle.data_sha256,
      specification_sha256: bundle.specification_sha256,
      bundle: JSON.stringify(bundle),
    })
    .onConflict((conflict) => conflict.column('version').doNothing())
    .execute()
}

/** What the newest training of a version found out about its data. */
export async function storeFindings(db: Kysely<Database>, version: string, findings: TrainingFindings): Promise<void> {
  await db
    .updateTable('model_version')
    .set({ findings: JSON.stringify(findings) })
    .where('version', '=', version)
    .execute()
}

export async function findChampionVersion(db: Kysely<Database>): Promise<string | undefined> {
  const row = await db
    .selectFrom('model_version as m')
    .select('m.version')
    .where('m.is_champion', '=', true)
    .executeTakeFirst()
  return row?.version
}

export async function findModel(db: Kysely<Database>, version: string): Promise<StoredModel | undefined> {
  const row = await db
    .selectFrom('model_version as m')
    .select(['m.version', 'm.bundle', 'm.created_at'])
    .where('m.version', '=', version)
    .executeTakeFirst()
  return row && { version: row.version, bundle: row.bundle, createdAt: row.created_at }
}

export async function listModelVersions(db: Kysely<Database>): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('model_version as m')
    .select('m.version')
    .orderBy('m.created_at')
    .orderBy('m.version')
    .execute()
  return rows.map((row) => row.version)
}
