import type { Kysely } from 'kysely'
import { Bundle, type LoadedModel, prepareBundle } from '../core/scoring/bundle.ts'
import { AppError } from '../errors.ts'
import { findChampionVersion, findModel } from '../store/models.ts'
import type { Database } from '../store/schema.ts'

/** Versions never change, so a prepared one may be kept; only which is champion is asked each time. */
const prepared = new Map<string, LoadedModel>()
const KEEP = 3

/** The champion, ready to score; undefined while nothing has been promoted. */
export async function loadChampion(db: Kysely<Database>): Promise<LoadedModel | undefined> {
  const version = await findChampionVersion(db)
  return version === undefined ? undefined : await loadModel(db, version)
}

/** @throws AppError ModelNotFound */
export async function loadModel(db: Kysely<Database>, version: string): Promise<LoadedModel> {
  const kept = prepared.get(version)
  if (kept) return kept
  const stored = await findModel(db, version)
  if (!stored) throw new AppError('ModelNotFound', `no model version "${version}"`)
  const model = prepareBundle(Bundle.parse(stored.bundle), version)
  for (const oldest of [...prepared.keys()].slice(0, Math.max(0, prepared.size - KEEP + 1))) prepared.delete(oldest)
  prepared.set(version, model)
  return model
}
