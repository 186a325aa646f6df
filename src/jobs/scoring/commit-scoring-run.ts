import type { Kysely } from 'kysely'
import type { AccountFacts } from '../../core/qualification/account-facts.ts'
import type { AccountInput } from '../../core/qualification/decide.ts'
import { type AllDecided, decideAll } from '../../core/qualification/evaluate-policy.ts'
import { recentlyClosed } from '../../core/qualification/outcomes.ts'
import type { Outlook } from '../../core/qualification/playbook/decide-actions.ts'
import type { Playbook } from '../../core/qualification/playbook/playbook.ts'
import { type Policy, rulesOf } from '../../core/qualification/policy.ts'
import type { VersionPolicy } from '../../core/scoring/artifact/version-policy.ts'
import { canonicalJson, sha256Of } from '../../core/base/json-hash.ts'
import type { PublishedScore, StoredScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import { appendEvents } from '../../store/delivery/events.ts'
import { listLoggedOutcomes } from '../../store/qualification/reported-outcomes.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import {
  countEntered,
  listKeptAccounts,
  listStages,
  lockStates,
  type StatesByAccount,
  writeStages,
  writeStates,
} from '../../store/qualification/motion-states.ts'
import {
  type AccountScore,
  beginRun,
  closeScores,
  finishRun,
  listAccountsScoredBetween,
  listPreviousScores,
  writeScores,
} from '../../store/scoring/write-scores.ts'
import { openPlaybook } from '../qualification/playbook.ts'
import { openSegments } from '../qualification/segment-membership.ts'

export interface ScoredWithFacts {
  readonly accountId: number
  readonly score: PublishedScore
  readonly facts: AccountFacts
  /** What the playbook's rules need; null: no action is triggered. */
  readonly outlook: Outlook | null
}

export interface RunToStore {
  /** The accounts of the run; null: all accounts. The scores of those that were not scored are closed. */
  readonly accountIds: readonly number[] | null
  readonly version: string
  /** The policy that the version's backtest chose. */
  readonly versionPolicy: VersionPolicy | null
  readonly policy: Policy
  readonly playbook: Playbook
  readonly asOf: Instant
  /** The last run that was committed when facts were read (`findLastRunId` in the same snapshot). */
  readonly seenRunId: number
}

export interface StoredRun {
  readonly runId: number
  /** The number of scores that changed. */
  readonly changed: number
  readonly events: number
}

/** Stores the changed scores and their consequences in the caller's transaction: buying stages, qualification and every event. */
export async function commitScoringRun(
  transaction: Kysely<Database>,
  run: RunToStore,
  scored: readonly ScoredWithFacts[],
): Promise<StoredRun> {
  const newRun = { ...run, policySha256: policyHash(run.policy, run.playbook) }
  const runId = await beginRun(transaction, newRun)
  // Accounts rescored since this run's snapshot keep their newer score.
  const newer = await listAccountsScoredBetween(transaction, run.seenRunId, runId)
  const current = scored.filter(({ accountId }) => !newer.has(accountId))
  const accountIds = current.map(({ accountId }) => accountId)
  const previous = await listPreviousScores(transaction, accountIds)
  const scores = current.map(({ accountId, score }): AccountScore => ({ accountId, score: toStored(score) }))
  const changed = await writeScores(transaction, runId, newRun, scores)
  // Taken late: a claim of an account waits for this lock.
  const states = await lockStates(transaction, run.accountIds)
  const gone = (await goneAccounts(transaction, run, states, scored)).filter((accountId) => !newer.has(accountId))
  const closed = await closeScores(transaction, runId, gone)
  const stages = await listStages(transaction, [...accountIds, ...gone])
  const outlooks = new Map(current.flatMap(({ accountId, outlook }) => (outlook ? [[accountId, outlook]] : [])))
  const playbook = await openPlaybook(transaction, run.playbook, outlooks, [...accountIds, ...gone])
  const segments = await openSegments(transaction, run.policy, run.accountIds)
  const inputOf = (accountId: number, score: StoredScore | null, facts: AccountFacts): AccountInput => ({
    accountId,
    states: states.get(accountId) ?? NO_STATES,
    stage: stages.get(accountId) ?? null,
    previous: previous.get(accountId) ?? null,
    score,
    facts,
  })
  const decided = decideAll({
    accounts: [
      ...current.map(({ accountId, facts }, index) => inputOf(accountId, scores[index]?.score ?? null, facts)),
      ...gone.map((accountId) => inputOf(accountId, null, NO_FACTS)),
    ],
    rules: rulesOf(run.policy, run.versionPolicy),
    holdout: run.policy.holdout,
    scoreStep: run.policy.score_step,
    asOf: run.asOf,
    enteredThisMonth: await countEntered(transaction, run.asOf),
    deciders: [playbook.decide, segments.decide],
    loggedOutcomes: await readLoggedOutcomes(transaction, current, run.asOf),
  })
  await writeDecided(transaction, decided, run.asOf)
  await playbook.close(decided.events)
  await segments.close(decided.events, run.accountIds === null && newer.size === 0)
  await finishRun(transaction, runId, { scored: current.length, changed: changed + closed })
  return { runId, changed: changed + closed, events: decided.events.length }
}

const NO_STATES = new Map<string, never>()
const NO_FACTS: AccountFacts = { isCustomer: false, excludedBy: [], opportunities: [], attributes: {} }

async function readLoggedOutcomes(transaction: Kysely<Database>, scored: readonly ScoredWithFacts[], asOf: Instant) {
  const closed = scored.flatMap(({ facts }) => recentlyClosed(facts, asOf))
  return await listLoggedOutcomes(
    transaction,
    closed.map(({ externalId }) => externalId),
  )
}

async function goneAccounts(
  transaction: Kysely<Database>,
  run: RunToStore,
  states: StatesByAccount,
  scored: readonly ScoredWithFacts[],
): Promise<readonly number[]> {
  const alive = new Set(scored.map(({ accountId }) => accountId))
  const looked = run.accountIds ?? (await listKeptAccounts(transaction, states))
  return looked.filter((accountId) => !alive.has(accountId))
}

async function writeDecided(transaction: Kysely<Database>, decided: AllDecided, asOf: Instant): Promise<void> {
  await writeStates(transaction, decided.states)
  await writeStages(transaction, decided.stages, asOf)
  await appendEvents(transaction, decided.events)
}

/** Contributions are not stored: an explanation computes them again from the facts. */
function toStored({ contributions: _, ...score }: PublishedScore): StoredScore {
  return score
}

/** When the policy or the playbook changes, all accounts are decided again. */
export function policyHash({ $comment: _, ...policy }: Policy, { $comment: __, ...playbook }: Playbook): string {
  return sha256Of([canonicalJson(policy), canonicalJson(playbook)])
}
