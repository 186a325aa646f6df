import { z } from 'zod'
import { STAGES } from '../scoring/stages/stages.ts'
import { FAMILIES } from '../features/types.ts'
import { Contribution, MODEL_NAMES, Reason, StoredScore } from '../scoring/published-score.ts'

const probability = z.number().min(0).max(1)
const interval = z.strictObject({ low: probability, high: probability })
const value = Contribution.shape.value
const comparison = z.string().nullable()

/** One feature in one model, in numbers and in words. */
export const ExplainedContribution = z.strictObject({
  feature: z.string(),
  value,
  /** Added to the model's log-odds, against the average training example. */
  log_odds: z.number(),
  value_log_odds: Contribution.shape.value_log_odds,
  standard_error: Contribution.shape.standard_error,
  sentence: z.string(),
  /** The values to compare with: the typical example that opened (or was won), and the typical one of all. */
  comparison,
})

/** One model: intercept + all contributions = log_odds, to 1e-9, and a family's contributions add up to its own. */
export const ExplainedModel = z.strictObject({
  model: z.enum(MODEL_NAMES),
  /** What the model asks. */
  question: z.string(),
  probability,
  interval,
  log_odds: z.number(),
  /** The log-odds of the average training example, and the probability that they stand for. */
  intercept: z.number(),
  average_probability: probability,
  families: z.array(
    z.strictObject({
      family: z.enum(FAMILIES),
      log_odds: z.number(),
      /** The strongest first. */
      contributions: z.array(ExplainedContribution),
    }),
  ),
})
export type ExplainedModel = z.infer<typeof ExplainedModel>

export const ExplainedReason = Reason.extend({ comparison })
export type ExplainedReason = z.infer<typeof ExplainedReason>

export const Uncertainty = z.strictObject({
  /** The reliability of the probability, in one or two sentences. */
  sentence: z.string(),
  /** What would narrow the interval, the most first. */
  narrowed_by: z.array(
    z.strictObject({
      feature: z.string(),
      /** `unknown`: nothing is recorded; `unseen`: training never met such a value. */
      because: z.enum(['unknown', 'unseen']),
      /** By what share the interval, on the log scale, would shrink if the value were known and an ordinary one. */
      narrower_by: probability,
      sentence: z.string(),
    }),
  ),
})
export type Uncertainty = z.infer<typeof Uncertainty>

/** An action of a buyer; never an attribute of the company or an action of sales. */
export const BuyerAction = z.discriminatedUnion('kind', [
  /** `count` events of one kind; by nobody whose name is known if `anonymous`. */
  z.strictObject({
    kind: z.literal('activity'),
    activity_kind: z.string(),
    count: z.number().int().min(1),
    anonymous: z.boolean(),
  }),
  /** Somebody of this description does one thing; null stands for anybody. */
  z.strictObject({
    kind: z.literal('person_engages'),
    buying_role: z.string().nullable(),
    seniority: z.string().nullable(),
    department: z.string().nullable(),
    activity_kind: z.string(),
  }),
  /** Third-party research on a topic at this strength, 0 to 100. */
  z.strictObject({
    kind: z.literal('topic_surges'),
    topic: z.string(),
    provider: z.string(),
    strength: z.number().min(0).max(100),
  }),
])
export type BuyerAction = z.infer<typeof BuyerAction>

export const Counterfactual = z.strictObject({
  actions: z.array(BuyerAction).min(1),
  /** Of the account with these facts added, by the same model: computed, not estimated. */
  qualified_probability: probability,
  buying_stage: z.enum(STAGES),
  sentence: z.string(),
})
export type Counterfactual = z.infer<typeof Counterfactual>

export const Counterfactuals = z.strictObject({
  status: z.enum(['found', 'none_found', 'at_the_threshold', 'excluded', 'not_scored']),
  /** The probability at which an account is listed, and the buying stage and the evidence that it needs besides. */
  threshold: probability,
  minimum_stage: z.enum(STAGES),
  minimum_evidence: z.enum(['low', 'medium', 'high']),
  sentence: z.string(),
  /** The smallest first. */
  found: z.array(Counterfactual),
  /** Where nothing reaches the threshold: what came nearest to it. */
  best: Counterfactual.nullable(),
})
export type Counterfactuals = z.infer<typeof Counterfactuals>

export const CHANGE_CAUSES = ['time', 'new_facts', 'version'] as const

/** One feature's part in a change of one model's log-odds. */
export const ChangePart = z.strictObject({
  cause: z.enum(CHANGE_CAUSES),
  /** Null for the intercept: of a new version, or once the windows were recorded. */
  feature: z.string().nullable(),
  family: z.enum(FAMILIES).nullable(),
  from: value,
  to: value,
  log_odds: z.number(),
  sentence: z.string(),
})
export type ChangePart = z.infer<typeof ChangePart>

const endpoint = z.strictObject({ probability, log_odds: z.number() })

/** Of one model: the parts, and the causes, add up to the change of the log-odds, to 1e-9. */
export const ModelChange = z.strictObject({
  model: z.enum(MODEL_NAMES),
  /** Null where the question was not asked: an opportunity was open, or the version had no such model. */
  from: endpoint.nullable(),
  to: endpoint.nullable(),
  causes: z.strictObject({ time: z.number(), new_facts: z.number(), version: z.number() }).nullable(),
  sentence: z.string(),
  /** The strongest first; those that are exactly zero are left out. */
  parts: z.array(ChangePart),
})
export type ModelChange = z.infer<typeof ModelChange>

export const Change = z.strictObject({
  since: z.string(),
  /** Of the earlier score; where none was in use then, the present version. */
  version_then: z.string(),
  qualified_probability_then: probability.nullable(),
  /** False when the account was not known then: there is nothing to compare with. */
  known_then: z.boolean(),
  sentence: z.string(),
  models: z.array(ModelChange),
})
export type Change = z.infer<typeof Change>

/** Why an account's score is what it is, what would narrow it, what could change it and why it changed. */
export const Explanation = z.strictObject({
  score: StoredScore,
  models: z.array(ExplainedModel),
  /** The strongest over both models, each thing once. */
  reasons: z.array(ExplainedReason),
  uncertainty: Uncertainty,
  counterfactuals: Counterfactuals,
  /** Null unless asked for. */
  change: Change.nullable(),
  /**
   * Of a past instant: whether the facts that are on record now as known by then give the score that was stored then; null
   * for the present, and where none was stored.
   */
  matches_stored: z.boolean().nullable(),
})
export type Explanation = z.infer<typeof Explanation>
