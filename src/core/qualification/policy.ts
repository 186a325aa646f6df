import { z } from 'zod'
import { STAGES } from '../scoring/stages/stages.ts'
import type { VersionPolicy } from '../scoring/artifact/version-policy.ts'

const probability = z.number().min(0).max(1)
const days = z.number().int().min(0).max(3650)
const name = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower case letters, digits and _')

/** The default of `exit` as a share of `enter` (docs/qualification.md). */
export const EXIT_SHARE = 0.9
/** The maximum of `dwell_days`: with a longer dwell the list would not be current. */
const LONGEST_DWELL_DAYS = 14

/** The rules of a motion. */
const rules = {
  qualified_probability: z.strictObject({
    /** An account enters at or above this probability. */
    enter: probability,
    /** A listed account leaves below this probability. Default: `EXIT_SHARE` of `enter`. */
    exit: probability.optional(),
  }),
  /** An account enters at this buying stage or a later one, and leaves below it. */
  minimum_stage: z.enum(STAGES).default('decision'),
  minimum_evidence: z.enum(['low', 'medium', 'high']).default('medium'),
  /** A listed account stays at least so long, unless it is excluded. */
  dwell_days: z.number().int().min(0).max(LONGEST_DWELL_DAYS).default(10),
  /** An account that left stays off the list for so long. */
  cool_down_days: days.default(21),
  /** A rejected account is not listed for so long. */
  rejection_pause_days: days.default(90),
  /** The most accounts that may enter in a calendar month, best first; null: no limit. */
  capacity_per_month: z.number().int().min(0).nullable().default(null),
}

/** Overrides of a motion. Without defaults, which would hide the common values. */
const ownRules = {
  qualified_probability: rules.qualified_probability.optional(),
  minimum_stage: rules.minimum_stage.unwrap().optional(),
  minimum_evidence: rules.minimum_evidence.unwrap().optional(),
  dwell_days: rules.dwell_days.unwrap().optional(),
  cool_down_days: rules.cool_down_days.unwrap().optional(),
  rejection_pause_days: rules.rejection_pause_days.unwrap().optional(),
  capacity_per_month: rules.capacity_per_month.unwrap().optional(),
}

const Motion = z.strictObject({ takes: z.enum(['prospects', 'customers']), ...ownRules })
type Motion = z.infer<typeof Motion>

const AttributeExclusion = z.strictObject({
  name,
  field: z.string().min(1).max(200),
  /** Excludes accounts with one of these values, or with one of them in a list. */
  is_any_of: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
})

/** `models/policy.json`: when an account enters and leaves the list of a motion. */
export const Policy = z
  .strictObject({
    $comment: z.string().optional(),
    ...rules,
    motions: z
      .record(name, Motion)
      .refine((motions) => Object.keys(motions).length > 0, 'needs at least one motion')
      .default({ new_business: { takes: 'prospects' }, expansion: { takes: 'customers' } }),
    exclusions: z
      .strictObject({
        attributes: z.array(AttributeExclusion).max(20).default([]),
        /** Kinds of activities or business events that open and close a complaint. */
        open_complaint: z
          .strictObject({
            opened_by: z.array(z.string().min(1)).min(1),
            closed_by: z.array(z.string().min(1)).default([]),
            within_days: days.default(180),
          })
          .nullable()
          .default(null),
      })
      .default({ attributes: [], open_complaint: null }),
    /** In points of 100: the move of a family score since its last event that creates `score.changed`. */
    score_step: z.number().min(1).max(100).default(10),
    /** A random share of the accounts around the capacity line is not listed, to measure the effect of listing. */
    holdout: z
      .strictObject({
        /** The share of the band that is assigned to the control group; 0 switches the holdout off. */
        share: z.number().min(0).max(0.5).default(0.1),
        /** The width of the band around the probability of the last listed account: 0.5 is from 0.5 to 1.5 times it. */
        band: z.number().min(0).max(1).default(0.5),
        /** The duration of an assignment. */
        hold_days: z.number().int().min(1).max(365).default(90),
        seed: z.string().min(1).max(100).default('winrate'),
      })
      .default({ share: 0.1, band: 0.5, hold_days: 90, seed: 'winrate' }),
  })
  .superRefine((policy, context) => {
    const check = (own: z.infer<typeof rules.qualified_probability>, path: string[]) => {
      if (own.exit === undefined || own.exit <= own.enter) return
      const message = `must not exceed enter (${own.enter}), got ${own.exit}: an account would leave as it enters`
      context.addIssue({ code: 'custom', path: [...path, 'qualified_probability', 'exit'], message })
    }
    check(policy.qualified_probability, [])
    for (const [motion, own] of Object.entries(policy.motions))
      if (own.qualified_probability) check(own.qualified_probability, ['motions', motion])
  })
export type Policy = z.infer<typeof Policy>

/** The rules of one motion for one model version. */
export interface MotionRules {
  readonly motion: string
  readonly takes: Motion['takes']
  readonly enter: number
  readonly exit: number
  readonly minimumStage: (typeof STAGES)[number]
  readonly minimumEvidence: 'low' | 'medium' | 'high'
  readonly dwellDays: number
  readonly coolDownDays: number
  readonly rejectionPauseDays: number
  readonly capacityPerMonth: number | null
  /** Whether assignments of the holdout apply; not if it is switched off. */
  readonly usesHoldout: boolean
}

/**
 * The rules of each motion. The threshold chosen by a version's backtest replaces `enter` of the file, and `exit` keeps its
 * ratio to `enter`. Example: enter 0.05, exit 0.03, and a backtest that chose 0.08: enter 0.08, exit 0.048.
 */
export function rulesOf(policy: Policy, version: VersionPolicy | null): readonly MotionRules[] {
  return Object.entries(policy.motions).map(([motion, own]) => {
    const threshold = own.qualified_probability ?? policy.qualified_probability
    const share =
      threshold.exit === undefined ? EXIT_SHARE : threshold.enter === 0 ? 1 : threshold.exit / threshold.enter
    const enter = version?.enter ?? threshold.enter
    const capacity = own.capacity_per_month === undefined ? policy.capacity_per_month : own.capacity_per_month
    return {
      motion,
      takes: own.takes,
      enter,
      exit: enter === threshold.enter && threshold.exit !== undefined ? threshold.exit : enter * share,
      minimumStage: own.minimum_stage ?? policy.minimum_stage,
      minimumEvidence: own.minimum_evidence ?? policy.minimum_evidence,
      dwellDays: own.dwell_days ?? policy.dwell_days,
      coolDownDays: own.cool_down_days ?? policy.cool_down_days,
      rejectionPauseDays: own.rejection_pause_days ?? policy.rejection_pause_days,
      capacityPerMonth: capacity,
      usesHoldout: policy.holdout.share > 0,
    }
  })
}
