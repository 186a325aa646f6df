import { type Stage, STAGES } from '../scoring/stages/stages.ts'
import type { AccountSnapshot } from '../features/snapshot.ts'
import { factsOf } from '../qualification/account-facts.ts'
import { type Policy, rulesOf } from '../qualification/policy.ts'
import type { LoadedModel } from '../scoring/artifact/model-artifact.ts'
import { buyingStage, stageBoundaries } from '../scoring/stages/buying-stage.ts'
import { evidenceOf } from '../scoring/evidence.ts'
import { answersOf } from '../scoring/score-account.ts'
import { percent } from '../base/percent.ts'

const EVIDENCE = ['low', 'medium', 'high'] as const

/** What an account needs to be listed, besides not being excluded. */
export interface Threshold {
  /** The qualified probability at or above which it is listed. */
  readonly enter: number
  /** The buying stage from which it is; `target` asks for nothing. */
  readonly minimumStage: Stage
  readonly minimumEvidence: (typeof EVIDENCE)[number]
}

/** The threshold of the motion that takes such an account, and what keeps it off the list whatever its score is. */
export interface ThresholdFor {
  readonly threshold: Threshold
  /** In words; null when nothing does. */
  readonly excludedBy: string | null
}

export function thresholdFor(loaded: LoadedModel, policy: Policy, snapshot: AccountSnapshot): ThresholdFor {
  const { isCustomer, excludedBy } = factsOf(snapshot, policy, loaded.artifact.specification.features.source_precedence)
  const rules = rulesOf(policy, loaded.policy)
  const own = rules.find(({ takes }) => takes === (isCustomer ? 'customers' : 'prospects'))
  const noMotion = own ? [] : [isCustomer ? 'no motion takes customers' : 'no motion takes prospects']
  const [reason] = [...excludedBy.map((name) => name.replaceAll('_', ' ')), ...noMotion]
  const threshold = own ?? {
    enter: loaded.policy?.enter ?? policy.qualified_probability.enter,
    minimumStage: policy.minimum_stage,
    minimumEvidence: policy.minimum_evidence,
  }
  return { threshold, excludedBy: reason ?? null }
}

/** The values of an account to compare with a threshold. */
export interface Standing {
  readonly probability: number
  readonly stage: Stage
  readonly evidence: (typeof EVIDENCE)[number]
}

/**
 * Null where the version lacks a model: there is no qualified probability then.
 * @param previous the stage that the account is in, which it does not leave for a trifle
 */
export function standingOf(
  loaded: LoadedModel,
  snapshot: AccountSnapshot,
  previous: Stage | null = null,
): Standing | null {
  const answers = answersOf(loaded, snapshot, null)
  const [inMarket, win] = ['in_market', 'win'].map((name) => answers.find((answer) => answer.name === name))
  if (!inMarket || !win) return null
  return {
    probability: inMarket.result.probability * win.result.probability,
    stage: buyingStage(stageBoundaries(loaded), inMarket.result.probability, previous),
    evidence: evidenceOf(snapshot, answers).evidence,
  }
}

export function isOver({ probability, stage, evidence }: Standing, threshold: Threshold): boolean {
  return (
    probability >= threshold.enter &&
    STAGES.indexOf(stage) >= STAGES.indexOf(threshold.minimumStage) &&
    EVIDENCE.indexOf(evidence) >= EVIDENCE.indexOf(threshold.minimumEvidence)
  )
}

/** "at or over the threshold of 5%, in the decision stage"; where something is missing, what. */
export function standingInWords(standing: Standing, threshold: Threshold): string {
  const { probability, stage, evidence } = standing
  if (probability < threshold.enter) return `below the threshold of ${percent(threshold.enter)}`
  const over = `at or over the threshold of ${percent(threshold.enter)}`
  if (isOver(standing, threshold)) return threshold.minimumStage === 'target' ? over : `${over}, in the ${stage} stage`
  return STAGES.indexOf(stage) < STAGES.indexOf(threshold.minimumStage)
    ? `${over}, but in the ${stage} stage and not yet in ${threshold.minimumStage}`
    : `${over}, but with ${evidence} evidence where ${threshold.minimumEvidence} is needed`
}
