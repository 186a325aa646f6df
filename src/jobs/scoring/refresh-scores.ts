import type { Kysely } from 'kysely'
import { pollLoop, type PollOptions } from '../../async/poll-loop.ts'
import type { Playbook } from '../../core/qualification/playbook/playbook.ts'
import type { Policy } from '../../core/qualification/policy.ts'
import { decideScoring, type ScoringReason } from '../../core/scoring/freshness.ts'
import type { Instant } from '../../core/base/time.ts'
import { removeQueuedScores, listQueuedScores } from '../../store/scoring/score-queue.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { readScoresState, withExclusiveWork } from '../../store/scoring/score-freshness.ts'
import { loadModel } from '../registry/champion.ts'
import { policyHash } from './commit-scoring-run.ts'
import { loadPlaybook } from '../models/load-playbook.ts'
import { loadPolicy } from '../models/load-policy.ts'
import { scoreEverybody } from './score.ts'
import { scoreQueued } from './score-queued.ts'

export type RefreshResult =
  | { readonly kind: 'fresh' | 'no_champion' | 'no_accounts' | 'another_worker' }
  | {
      readonly kind: 'scored'
      /** `received_facts`: only the accounts in the score queue were scored. */
      readonly because: ScoringReason | 'received_facts'
      readonly version: string
      readonly asOf: Instant
      readonly scored: number
      readonly withOpenOpportunity: number
      readonly reasons: number
      readonly solidReasons: number
      readonly changed: number
      readonly events: number
    }

/**
 * Scores all accounts as of now when the stored scores are out of date (core/scoring/freshness.ts), else the accounts in the score
 * queue. Of several callers at once, on any machine, one refreshes and the others return immediately.
 *
 * @param now is called after the lock is acquired, immediately before facts are read
 * @param signal ends the scoring between two batches; the scores already stored remain
 */
export async function refreshScores(
  db: Kysely<Database>,
  now: () => Instant | Promise<Instant>,
  signal?: AbortSignal,
  policy: Policy = loadPolicy(),
  playbook: Playbook = loadPlaybook(),
): Promise<RefreshResult> {
  const done = await withExclusiveWork(db, 'winrate.refresh-scores', async (): Promise<RefreshResult> => {
    // Read before as-of, so that the facts behind every entry are known by then.
    const queued = await listQueuedScores(db)
    const asOf = await now()
    const state = await readScoresState(db, asOf)
    const decision = decideScoring(state, asOf, policyHash(policy, playbook))
    if (decision.kind === 'fresh' && queued.length > 0 && state.champion !== undefined) {
      const model = await loadModel(db, state.champion)
      const run = await scoreQueued(db, model, now, { policy, playbook }, queued.length, signal)
      return run ? { kind: 'scored', because: 'received_facts', version: model.version, ...run } : decision
    }
    if (decision.kind !== 'score') return decision
    const model = await loadModel(db, decision.version)
    const result = await scoreEverybody(db, model, asOf, () => signal?.throwIfAborted(), policy, playbook)
    await removeQueuedScores(db, queued)
    const { runId: _, ...counts } = result
    return { kind: 'scored', because: decision.because, version: model.version, asOf, ...counts }
  })
  return done?.result ?? { kind: 'another_worker' }
}

export interface RefreshOptions extends PollOptions {
  readonly now: () => Instant | Promise<Instant>
  readonly policy: Policy
  readonly playbook: Playbook
  readonly onRefreshed: (result: RefreshResult) => void
}

/** Refreshes scores until the signal aborts, which also ends a round after its current batch. */
export async function refreshLoop(db: Kysely<Database>, options: RefreshOptions): Promise<void> {
  const { now, signal, policy, playbook } = options
  await pollLoop(async () => {
    options.onRefreshed(await refreshScores(db, now, signal, policy, playbook))
    return undefined
  }, options)
}
