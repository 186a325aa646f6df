import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { TrainingFindings } from '../../core/evaluation/readiness/training-findings.ts'
import type { ModelArtifact } from '../../core/scoring/artifact/model-artifact.ts'
import { AppError } from '../../errors.ts'
import type { Database } from '../database/tables/schema.ts'

export interface StoredModel {
  readonly version: string
  /** The stored JSON; parse it with the ModelArtifact schema before use. */
  readonly artifact: unknown
  readonly createdAt: string
}

/**
 * Stores a trained artifact. Training the same data twice gives the same version, stored once; an artifact that was altered
 * since is restored.
 */
export async function insertModelVersion(
  db: Kysely<Database>,
  version: string,
  artifact: ModelArtifact,
): Promise<void> {
  const text = JSON.stringify(artifact)
  await db
    .insertInto('model_version')
    .values({
      version,
      as_of: artifact.as_of as never,
      data_sha256: artifact.data_sha256,
      specification_sha256: artifact.specification_sha256,
      artifact: text,
      artifact_sha256: sha256(text),
    })
    .onConflict((conflict) =>
      conflict
        .column('version')
        .doUpdateSet((eb) => ({
          artifact: eb.ref('excluded.artifact'),
          artifact_sha256: eb.ref('excluded.artifact_sha256'),
        }))
        .where(
          sql<boolean>`encode(sha256(convert_to(model_version.artifact::text, 'UTF8')), 'hex') <> model_version.artifact_sha256`,
        ),
    )
    .execute()
}

/** The findings of a version's newest training about its data. */
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

/** @throws AppError ModelUnusable when the artifact was altered after it was stored */
export async function findModel(db: Kysely<Database>, version: string): Promise<StoredModel | undefined> {
  const row = await db
    .selectFrom('model_version as m')
    .select(['m.version', sql<string>`m.artifact::text`.as('text'), 'm.artifact_sha256', 'm.created_at'])
    .where('m.version', '=', version)
    .executeTakeFirst()
  if (!row) return undefined
  if (sha256(row.text) !== row.artifact_sha256) {
    const reason = 'its artifact was altered after it was stored, for its SHA-256 differs'
    throw new AppError('ModelUnusable', `model version "${version}" cannot be used: ${reason}. ${WAYS_OUT}`)
  }
  return { version: row.version, artifact: JSON.parse(row.text), createdAt: row.created_at }
}

export const WAYS_OUT = 'Promote another version, roll back, or train this one again from the same data.'

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
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
