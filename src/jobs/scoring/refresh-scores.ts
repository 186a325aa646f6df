import type { Kysely } from 'kysely'
import { setTimeout as wait } from 'node:timers/promises'
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

/** One look at the stored scores, and what came of it. */
export type Round =
  | { readonly kind: 'fresh' | 'no_champion' | 'no_accounts' | 'another_worker' }
  | {
      readonly kind: 'scored'
      /** `received_facts`: only the accounts of which there is news. */
      readonly because: ScoringReason | 'received_facts'
      readonly version: string
      readonly asOf: Instant
      readonly scored: number
      readonly withOpenOpportunity: number
      readonly changed: number
      readonly events: number
    }

/**
 * Scores everybody as of now if the stored scores are not what they should be (core/scoring/freshness.ts says when), else
 * the accounts of which facts were received since.
 * Of several callers at once, on any machine, one does it and the others return at once.
 *
 * @param now is asked once the lock is held: between asking and reading facts there must be no waiting
 * @param signal ends the scoring between two batches; the scores stored before stay
 */
export async function refreshScores(
  db: Kysely<Database>,
  now: () => Instant | Promise<Instant>,
  signal?: AbortSignal,
  policy: Policy = loadPolicy(),
  playbook: Playbook = loadPlaybook(),
): Promise<Round> {
  const done = await withExclusiveWork(db, 'winrate.keep-scores-fresh', async (): Promise<Round> => {
    // Before as-of: what is noted by now is known by then.
    const notes = await listQueuedScores(db)
    const asOf = await now()
    const state = await readScoresState(db, asOf)
    const decision = decideScoring(state, asOf, policyHash(policy, playbook))
    if (decision.kind === 'fresh' && notes.length > 0 && state.champion !== undefined) {
      const model = await loadModel(db, state.champion)
      const noted = await scoreQueued(db, model, now, { policy, playbook }, notes.length, signal)
      return noted ? { kind: 'scored', because: 'received_facts', version: model.version, ...noted } : decision
    }
    if (decision.kind !== 'score') return decision
    const model = await loadModel(db, decision.version)
    const result = await scoreEverybody(db, model, asOf, () => signal?.throwIfAborted(), policy, playbook)
    await removeQueuedScores(db, notes)
    const { runId: _, ...counts } = result
    return { kind: 'scored', because: decision.because, version: model.version, asOf, ...counts }
  })
  return done?.result ?? { kind: 'another_worker' }
}

export interface KeepFreshOptions {
  readonly now: () => Instant | Promise<Instant>
  readonly policy: Policy
  readonly playbook: Playbook
  readonly pollMs: number
  /** Ends the loop, after the batch that is being scored. */
  readonly signal: AbortSignal
  readonly onRound: (round: Round) => void
  /** A round that failed is tried again at the next poll. */
  readonly onFailure: (error: unknown) => void
}

/** Looks at once and then every `pollMs`, until told to stop. */
export async function keepScoresFresh(db: Kysely<Database>, options: KeepFreshOptions): Promise<void> {
  const { now, policy, playbook, pollMs, signal, onRound, onFailure } = options
  while (!signal.aborted) {
    try {
      onRound(await refreshScores(db, now, signal, policy, playbook))
    } catch (error) {
      if (!signal.aborted) onFailure(error)
    }
    await wait(pollMs, undefined, { signal }).catch(() => undefined)
  }
}
