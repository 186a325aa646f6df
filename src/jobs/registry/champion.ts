import type { Kysely } from 'kysely'
import { VersionPolicy } from '../../core/scoring/artifact/version-policy.ts'
import { ModelArtifact, type LoadedModel, prepareArtifact } from '../../core/scoring/artifact/model-artifact.ts'
import { AppError } from '../../errors.ts'
import { findModel, WAYS_OUT } from '../../store/registry/models.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { findChampionPolicyText, findPolicyText, type PolicyText } from '../../store/registry/version-policies.ts'

/**
 * Prepared models by version, for as long as the hash of the artifact is the same. The champion and the policy of its newest
 * backtest may change in another process, so one small query reads them each time.
 */
const prepared = new Map<string, Omit<PolicyText, 'version'> & { readonly model: LoadedModel }>()
const MOST_PREPARED = 3

/** @returns undefined while no version has been promoted @throws AppError ModelUnusable */
export async function loadChampion(db: Kysely<Database>): Promise<LoadedModel | undefined> {
  const champion = await findChampionPolicyText(db)
  return champion && (await prepare(db, champion))
}

/** @throws AppError ModelNotFound, ModelUnusable */
export async function loadModel(db: Kysely<Database>, version: string): Promise<LoadedModel> {
  const found = await findPolicyText(db, version)
  if (!found) throw new AppError('ModelNotFound', `no model version "${version}"`)
  return await prepare(db, found)
}

async function prepare(db: Kysely<Database>, { version, artifactSha256, policy }: PolicyText): Promise<LoadedModel> {
  const found = prepared.get(version)
  const kept = found?.artifactSha256 === artifactSha256 ? found : undefined
  if (kept && kept.policy === policy) return kept.model
  const chosen = policy === null ? null : VersionPolicy.parse(JSON.parse(policy))
  const model = kept ? { ...kept.model, policy: chosen } : await readModel(db, version, chosen)
  prepared.delete(version)
  for (const oldest of [...prepared.keys()].slice(0, Math.max(0, prepared.size - MOST_PREPARED + 1)))
    prepared.delete(oldest)
  prepared.set(version, { model, artifactSha256, policy })
  return model
}

async function readModel(db: Kysely<Database>, version: string, policy: VersionPolicy | null): Promise<LoadedModel> {
  const stored = await findModel(db, version)
  if (!stored) throw new AppError('ModelNotFound', `no model version "${version}"`)
  const artifact = ModelArtifact.safeParse(stored.artifact)
  if (artifact.success) return prepareArtifact(artifact.data, version, policy)
  const [issue] = artifact.error.issues
  const reason = `this release does not read the format of its artifact (${issue?.path.join('.')}: ${issue?.message})`
  const message = `model version "${version}" cannot be used: ${reason}. ${WAYS_OUT}`
  throw new AppError('ModelUnusable', message, { cause: artifact.error })
}
