import { z } from 'zod'
import { CERTAINTIES } from './certainty.ts'
import { STAGES } from './stages/stages.ts'
import { FAMILIES } from '../features/types.ts'

const probability = z.number().min(0).max(1)
const interval = z.strictObject({ low: probability, high: probability })
export const MODEL_NAMES = ['in_market', 'win', 'win_open'] as const

/** A percentile of the reference population; 0 is no activity, null is no data. */
const familyScore = z.number().min(0).max(100).nullable()
export const GRADES = ['A', 'B', 'C', 'D'] as const
export const Grade = z.enum(GRADES)
export type Grade = z.infer<typeof Grade>
const grade = Grade.nullable()
/** Places on the fit x intent grid. */
export const LEVELS = ['weak', 'moderate', 'strong'] as const
export const Level = z.enum(LEVELS)
export type Level = z.infer<typeof Level>

export const Reason = z.strictObject({
  direction: z.enum(['up', 'down']),
  model: z.enum(MODEL_NAMES),
  family: z.enum(FAMILIES),
  feature: z.string(),
  /** In the words of a salesperson; ends in "probably a plus" or "probably a minus" where that is not certain. */
  sentence: z.string(),
  /** What the value itself adds, against its mean over the examples where it is known. Scores stored earlier have none. */
  log_odds: z.number().optional(),
  /** Of `log_odds`, which is at least as large: else the reason is not told. */
  standard_error: z.number().min(0).optional(),
  /** `solid`: the 90% interval leaves out 0. */
  certainty: z.enum(CERTAINTIES).optional(),
})
export type Reason = z.infer<typeof Reason>

export const Contribution = z.strictObject({
  model: z.enum(MODEL_NAMES),
  feature: z.string(),
  family: z.enum(FAMILIES),
  /** What was observed; null is unknown. */
  value: z.union([z.number(), z.string(), z.array(z.string())]).nullable(),
  /** Added to the model's log-odds, against the average training example. */
  log_odds: z.number(),
  /** The part that the value itself adds; the rest is due to being known at all. Null where the value is unknown. */
  value_log_odds: z.number().nullable(),
  /** Of `value_log_odds`. */
  standard_error: z.number().min(0).nullable(),
  sentence: z.string(),
})
export type Contribution = z.infer<typeof Contribution>

export const ModelPart = z.strictObject({
  model: z.enum(MODEL_NAMES),
  /**
   * The log-odds of the average training example, with all windows recorded or, like this account's, not;
   * intercept + the sum of the model's contributions = log_odds.
   */
  intercept: z.number(),
  log_odds: z.number(),
  families: z.strictObject({
    account_fit: z.number(),
    contact_fit: z.number(),
    engagement: z.number(),
    intent: z.number(),
  }),
})

/** One account's score as it is stored and answered: a pure function of its snapshot and a model version. */
export const PublishedScore = z.strictObject({
  account_external_id: z.string().nullable(),
  account_name: z.string().nullable(),
  as_of: z.string(),
  model_version: z.string(),
  qualified_probability: probability.nullable(),
  /** 90% interval, by the delta method on the log. */
  qualified_interval: interval.nullable(),
  in_market_probability: probability.nullable(),
  in_market_interval: interval.nullable(),
  win_probability: probability.nullable(),
  win_interval: interval.nullable(),
  /** The buying stage by the in-market probability; null where that is null. */
  buying_stage: z.enum(STAGES).nullable(),
  /**
   * Percentiles, 0 to 100, of each family's part among the accounts that could be scored when the version was trained:
   * fit by the win model, engagement and intent by the in-market model. No activity is 0, no data is null.
   */
  scores: z.strictObject({
    account_fit: familyScore,
    contact_fit: familyScore,
    engagement: familyScore,
    intent: familyScore,
  }),
  /** A from 80, B from 60, C from 40, D below. */
  grades: z.strictObject({ account_fit: grade, contact_fit: grade, engagement: grade, intent: grade }),
  /** Both fit families together, and both of behaviour: weak below the 50th percentile, strong from the 80th. */
  fit_intent: z.strictObject({ fit: Level.nullable(), intent: Level.nullable() }),
  /** What a won deal of such a company is worth, in `currency`. */
  expected_amount: z.number().nullable(),
  /** Qualified probability x expected amount. */
  expected_value: z.number().nullable(),
  /** ISO 4217; null when no amounts were known. */
  currency: z.string().nullable(),
  /** What the buyer asked for outright, the newest first, each kind once: a fact, not an inference. */
  declared_intent: z.array(z.strictObject({ kind: z.string(), days_ago: z.number().int().min(0) })),
  /** Why in-market and qualified probability are null. */
  not_scored_because: z.enum(['open_opportunity']).nullable(),
  open_opportunity: z.string().nullable(),
  /** How much of what the models ask for was known of this account. */
  evidence: z.enum(['high', 'medium', 'low']),
  /** What keeps the evidence from being high, in words; empty when nothing does. */
  evidence_gaps: z.array(z.string()),
  reasons: z.array(Reason),
  models: z.array(ModelPart),
  contributions: z.array(Contribution),
})
export type PublishedScore = z.infer<typeof PublishedScore>

/** The part of a score that is stored for the list; contributions are computed from the facts on request. */
export const StoredScore = PublishedScore.omit({ contributions: true })
export type StoredScore = z.infer<typeof StoredScore>
