import { dayOf, type Instant } from '../base/time.ts'

/** The state of the stored scores and of the facts and versions that they depend on. */
export interface ScoresState {
  readonly champion: string | undefined
  /** Whether any account is known by now. */
  readonly hasAccounts: boolean
  /** The version and as-of of the stored scores; undefined when none is stored. */
  readonly stored: StoredScores | undefined
  readonly lastImportFinishedAt: Instant | undefined
  /** When the champion's policy last changed: its stages are boundaries of buying stages. */
  readonly policySetAt: Instant | undefined
}

export interface StoredScores {
  readonly version: string
  readonly asOf: Instant
  readonly scoredAt: Instant
  /** Of the policy by which it was decided who is on the list. */
  readonly policySha256: string | null
}

export type ScoringReason = 'never_scored' | 'another_champion' | 'another_policy' | 'new_day' | 'new_facts'

export type ScoringDecision =
  | { readonly kind: 'score'; readonly version: string; readonly because: ScoringReason }
  | { readonly kind: 'fresh' | 'no_champion' | 'no_accounts' }

/**
 * Whether everybody has to be scored again. Ages are counted in whole UTC days, so a score goes stale at 00:00 UTC even
 * if nothing is imported.
 *
 * An import may commit its last rows after the scoring read its facts and before the scores were written: it is compared
 * with as-of, which lies before the reading, and not only with when the scores were written.
 */
export function decideScoring(state: ScoresState, now: Instant, policySha256: string): ScoringDecision {
  const { champion, hasAccounts } = state
  if (champion === undefined) return { kind: 'no_champion' }
  if (!hasAccounts) return { kind: 'no_accounts' }
  const because = whyStale(state, champion, now, policySha256)
  return because ? { kind: 'score', version: champion, because } : { kind: 'fresh' }
}

function whyStale(state: ScoresState, champion: string, now: Instant, policySha256: string): ScoringReason | undefined {
  const { stored, lastImportFinishedAt, policySetAt } = state
  if (!stored) return 'never_scored'
  if (stored.version !== champion) return 'another_champion'
  if (stored.policySha256 !== policySha256) return 'another_policy'
  if (dayOf(stored.asOf) !== dayOf(now)) return 'new_day'
  const readAt = stored.asOf < stored.scoredAt ? stored.asOf : stored.scoredAt
  if (policySetAt !== undefined && policySetAt >= readAt) return 'another_policy'
  return lastImportFinishedAt !== undefined && lastImportFinishedAt >= readAt ? 'new_facts' : undefined
}
