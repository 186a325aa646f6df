import { z } from 'zod'
import { FAMILIES } from '../features/types.ts'

const probability = z.number().min(0).max(1)
const interval = z.strictObject({ low: probability, high: probability })
export const MODEL_NAMES = ['in_market', 'win', 'win_open'] as const

export const Reason = z.strictObject({
  direction: z.enum(['up', 'down']),
  model: z.enum(MODEL_NAMES),
  family: z.enum(FAMILIES),
  feature: z.string(),
  /** In the words of a salesperson. */
  sentence: z.string(),
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
  sentence: z.string(),
})
export type Contribution = z.infer<typeof Contribution>

export const ModelPart = z.strictObject({
  model: z.enum(MODEL_NAMES),
  /** The log-odds of the average training example; intercept + the sum of the model's contributions = log_odds. */
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
  /** 90 % interval, by the delta method on the log. */
  qualified_interval: interval.nullable(),
  in_market_probability: probability.nullable(),
  in_market_interval: interval.nullable(),
  win_probability: probability.nullable(),
  win_interval: interval.nullable(),
  /** Why in-market and qualified probability are null. */
  not_scored_because: z.enum(['open_opportunity']).nullable(),
  open_opportunity: z.string().nullable(),
  /** How much of what the models ask for was known of this account. */
  evidence: z.enum(['high', 'medium', 'low']),
  reasons: z.array(Reason),
  models: z.array(ModelPart),
  contributions: z.array(Contribution),
})
export type PublishedScore = z.infer<typeof PublishedScore>

/** What is kept of a score for the list: contributions are made anew from the facts when somebody asks. */
export const StoredScore = PublishedScore.omit({ contributions: true })
export type StoredScore = z.infer<typeof StoredScore>
