import { z } from 'zod'
import { chooseStages, STAGES } from '../stages/stages.ts'
import { type Family, FAMILIES } from '../../features/types.ts'
import type { LogisticModel } from '../../training/logistic/logistic-model.ts'
import { sigmoid } from '../../statistics/sigmoid.ts'
import type { TrainReport } from '../../training/logistic/train.ts'
import { Quantiles, quantilesOf } from '../../statistics/quantiles.ts'

const distribution = Quantiles.nullable()

/**
 * The population that a version's scores are ranked in, as of its training. A score changes only when its own account changes,
 * or when the champion is switched.
 */
export const Reference = z.strictObject({
  /** Accounts ranked: known at the training as-of, without an open opportunity. */
  accounts: z.number().int(),
  /** The distribution of each part over the accounts where it is known; null where it is known for none. */
  parts: z.strictObject({
    account_fit: distribution,
    contact_fit: distribution,
    engagement: distribution,
    intent: distribution,
    fit: distribution,
    behaviour: distribution,
  }),
  /** Where the buying stages begin, the lowest first; empty when there was nothing to choose them on. */
  stages: z.array(z.strictObject({ stage: z.enum(STAGES), from: z.number().min(0).max(1) })),
})
export type Reference = z.infer<typeof Reference>

/** The parts that are ranked: each family, both fit families together, and both of behaviour. */
export const RANKED_PARTS = [...FAMILIES, 'fit', 'behaviour'] as const
type RankedPart = (typeof RANKED_PARTS)[number]

/** In log-odds against the average training example; null where nothing is known. */
export type Parts = Readonly<Record<RankedPart, number | null>>

/** Parts that belong together; unknown ones are left out. */
export function partsOf(families: Readonly<Record<Family, number | null>>): Parts {
  return {
    ...families,
    fit: together(families.account_fit, families.contact_fit),
    behaviour: together(families.engagement, families.intent),
  }
}

function together(one: number | null, other: number | null): number | null {
  return one === null && other === null ? null : (one ?? 0) + (other ?? 0)
}

export function distributionsOf(accounts: readonly Parts[]): Reference['parts'] {
  const of = (part: RankedPart) => quantilesOf(accounts.flatMap((parts) => parts[part] ?? []))
  return {
    account_fit: of('account_fit'),
    contact_fit: of('contact_fit'),
    engagement: of('engagement'),
    intent: of('intent'),
    fit: of('fit'),
    behaviour: of('behaviour'),
  }
}

/** Fewer predictions are too few to choose boundaries. */
const LEAST_PREDICTIONS = 100

/** Stages cut on predictions that the cross-validation made for rows left out, calibrated as the model is. */
export function referenceStages(
  { calibration }: Pick<LogisticModel, 'calibration'>,
  { outOfFold }: Pick<TrainReport, 'outOfFold'>,
): Reference['stages'] {
  if (outOfFold.length < LEAST_PREDICTIONS || !outOfFold.some(({ won }) => won)) return []
  const predictions = {
    probabilities: Float64Array.from(outOfFold, ({ logOdds }) =>
      sigmoid(calibration.intercept + calibration.slope * logOdds),
    ),
    won: Uint8Array.from(outOfFold, ({ won }) => (won ? 1 : 0)),
    weights: Float64Array.from(outOfFold, ({ weight }) => weight),
    months: 1,
  }
  return chooseStages(predictions).map(({ stage, from }) => ({ stage, from }))
}
