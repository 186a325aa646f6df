import type { Kysely } from 'kysely'
import type { PublishedScore } from '../../src/core/scoring/published-score.ts'
import { BEGINNING, type Instant } from '../../src/core/base/time.ts'
import type { Database } from '../../src/store/database/tables/schema.ts'

/** An account without any facts, and the domains that lead to it. @returns its id */
export async function insertAccount(
  db: Kysely<Database>,
  externalId: string,
  domains: readonly string[] = [],
  attributes: Record<string, unknown> = { name: externalId },
): Promise<number> {
  const row = await db
    .insertInto('account')
    .values({ external_id: externalId, known_at: BEGINNING, backfilled: true })
    .returning('account.account_id')
    .executeTakeFirstOrThrow()
  const common = { account_id: row.account_id, known_at: BEGINNING, backfilled: true }
  await db
    .insertInto('account_version')
    .values({ ...common, source: 'crm', attributes: JSON.stringify(attributes) })
    .execute()
  for (const value of domains) {
    await db
      .insertInto('account_link')
      .values({ ...common, kind: 'domain', value, network: null })
      .execute()
  }
  return row.account_id
}

/** A version that scores may name; its artifact is empty. */
export async function insertModelVersion(db: Kysely<Database>, version: string, isChampion = false): Promise<void> {
  await db
    .insertInto('model_version')
    .values({
      version,
      as_of: '2026-01-01T00:00:00.000000Z' as Instant,
      data_sha256: '0'.repeat(64),
      specification_sha256: '0'.repeat(64),
      artifact: '{}',
      is_champion: isChampion,
    })
    .execute()
}

/** A published score with numbers that are easy to read; `changes` replaces whole fields. */
export function publishedScore(changes: Partial<PublishedScore> = {}): PublishedScore {
  return {
    account_external_id: 'acme',
    account_name: 'Acme',
    as_of: '2026-03-01T00:00:00.000000Z',
    model_version: 'v1',
    qualified_probability: 0.1,
    qualified_interval: { low: 0.05, high: 0.2 },
    in_market_probability: 0.25,
    in_market_interval: { low: 0.2, high: 0.3 },
    win_probability: 0.4,
    win_interval: { low: 0.3, high: 0.5 },
    buying_stage: 'decision',
    scores: { account_fit: 71, contact_fit: 64, engagement: 93, intent: 48 },
    grades: { account_fit: 'B', contact_fit: 'B', engagement: 'A', intent: 'C' },
    fit_intent: { fit: 'moderate', intent: 'strong' },
    expected_amount: 50_000,
    expected_value: 5_000,
    currency: 'USD',
    declared_intent: [{ kind: 'demo_request', days_ago: 3 }],
    not_scored_because: null,
    open_opportunity: null,
    evidence: 'high',
    evidence_gaps: [],
    reasons: ['pricing_page', 'demo', 'industry', 'country'].map((feature) => ({
      direction: 'up',
      model: 'in_market',
      family: 'engagement',
      feature,
      sentence: `Because of ${feature}.`,
    })),
    models: [],
    contributions: [],
    ...changes,
  }
}
