import type { Kysely } from 'kysely'
import { nearest } from '../core/nearest.ts'
import { AppError } from '../errors.ts'
import { listModelVersions, promoteVersion } from '../store/models.ts'
import type { Database } from '../store/schema.ts'

/**
 * Makes a version the champion.
 * @returns the version it replaced, or null
 * @throws AppError ModelNotFound naming the nearest known versions
 */
export async function promote(
  db: Kysely<Database>,
  version: string,
  by: { readonly promotedBy: string; readonly reason: string | null },
): Promise<string | null> {
  const replaced = await promoteVersion(db, version, by)
  if (replaced !== undefined) return replaced
  const known = nearest(version, await listModelVersions(db))
  const hint = known.length === 0 ? 'none has been trained yet' : `nearest known: ${known.join(', ')}`
  throw new AppError('ModelNotFound', `no model version "${version}"; ${hint}`)
}
