import { type Kysely, sql } from 'kysely'
import type { VersionPolicy } from '../../core/scoring/artifact/version-policy.ts'
import type { Database } from '../database/tables/schema.ts'

/** A version, the hash of its artifact, and the policy that its newest backtest chose, as text, to compare whether it changed. */
export interface PolicyText {
  readonly version: string
  readonly artifactSha256: string
  /** Null when it was never backtested. */
  readonly policy: string | null
}

/** Stores the policy that a backtest chose. An equal policy changes nothing, so that no account is scored again. */
export async function storeVersionPolicy(
  db: Kysely<Database>,
  version: string,
  policy: VersionPolicy | null,
): Promise<void> {
  const text = policy && JSON.stringify(policy)
  await sql`
    update model_version set policy = ${text}::json, policy_set_at = clock_timestamp()
    where version = ${version} and policy::text is distinct from ${text}`.execute(db)
}

export async function findPolicyText(db: Kysely<Database>, version: string): Promise<PolicyText | undefined> {
  return await policyTexts(db).where('m.version', '=', version).executeTakeFirst()
}

export async function findChampionPolicyText(db: Kysely<Database>): Promise<PolicyText | undefined> {
  return await policyTexts(db).where('m.is_champion', '=', true).executeTakeFirst()
}

function policyTexts(db: Kysely<Database>) {
  return db
    .selectFrom('model_version as m')
    .select(['m.version', 'm.artifact_sha256 as artifactSha256', sql<string | null>`m.policy::text`.as('policy')])
}
