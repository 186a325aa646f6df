import type { Kysely } from 'kysely'
import { Policy } from '../../src/core/qualification/policy.ts'
import type { AccountFacts } from '../../src/core/qualification/account-facts.ts'
import type { PublishedScore } from '../../src/core/scoring/published-score.ts'
import type { Instant } from '../../src/core/base/time.ts'
import { commitScoringRun, type StoredRun } from '../../src/jobs/scoring/commit-scoring-run.ts'
import type { Outlook } from '../../src/core/qualification/playbook/decide-actions.ts'
import type { Playbook } from '../../src/core/qualification/playbook/playbook.ts'
import { loadPlaybook } from '../../src/jobs/models/load-playbook.ts'
import type { Database } from '../../src/store/database/tables/schema.ts'
import { findLastRunId } from '../../src/store/scoring/write-scores.ts'

const NO_FACTS: AccountFacts = { isCustomer: false, excludedBy: [], opportunities: [], attributes: {} }

/** Enter 0.05, exit 0.03, a dwell and cool-down of 10 days, and no holdout. */
export function testPolicy(changes: object = {}): Policy {
  return Policy.parse({
    qualified_probability: { enter: 0.05, exit: 0.03 },
    minimum_stage: 'target',
    dwell_days: 10,
    cool_down_days: 10,
    holdout: { share: 0 },
    ...changes,
  })
}

export interface GivenScore {
  readonly accountId: number
  readonly score: PublishedScore
  readonly facts?: Partial<AccountFacts>
  /** What the playbook is told; by default nothing, and it does nothing. */
  readonly outlook?: Outlook
}

/** Stores scores as a run of everybody does, or of these accounts only, and decides what follows. */
export async function storeScores(
  db: Kysely<Database>,
  asOf: Instant,
  given: readonly GivenScore[],
  options: {
    readonly policy?: Policy
    readonly playbook?: Playbook
    readonly version?: string
    readonly accountIds?: readonly number[]
    readonly seenRunId?: number
  } = {},
): Promise<StoredRun> {
  const { policy = testPolicy(), playbook = loadPlaybook(), version = 'v1', accountIds = null } = options
  const seenRunId = options.seenRunId ?? (await findLastRunId(db))
  const run = { accountIds, version, versionPolicy: null, policy, playbook, asOf, seenRunId }
  const scored = given.map(({ accountId, score, facts, outlook }) => ({
    accountId,
    score: { ...score, as_of: asOf, model_version: version },
    facts: { ...NO_FACTS, ...facts },
    outlook: outlook ?? null,
  }))
  return await db.transaction().execute((transaction) => commitScoringRun(transaction, run, scored))
}
