import { z } from 'zod'
import { STAGES } from '../scoring/stages/stages.ts'
import type { VersionPolicy } from '../scoring/artifact/version-policy.ts'

const probability = z.number().min(0).max(1)
const days = z.number().int().min(0).max(3650)
const name = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower case letters, digits and _')

/** To stay, an account needs this share of what it needs to enter, where nobody says otherwise (docs/qualification.md). */
export const EXIT_SHARE = 0.9
/** A list that an account cannot leave for longer than this is no list of the moment. */
const LONGEST_DWELL_DAYS = 14

/** When an account enters the list of a motion, and when it leaves. */
const rules = {
  qualified_probability: z.strictObject({
    /** An account enters at or above this probability ... */
    enter: probability,
    /** ... and leaves below this one; by default a share of the first. */
    exit: probability.optional(),
  }),
  /** It enters from this buying stage on, and leaves when it falls below. */
  minimum_stage: z.enum(STAGES).default('decision'),
  minimum_evidence: z.enum(['low', 'medium', 'high']).default('medium'),
  /** Once on the list, an account stays for so long, unless it is excluded. */
  dwell_days: z.number().int().min(0).max(LONGEST_DWELL_DAYS).default(10),
  /** Once off the list, it stays off for so long. */
  cool_down_days: days.default(21),
  /** A rejected account is not handed over again for so long. */
  rejection_pause_days: days.default(90),
  /** So many may enter in a calendar month, the best first; null: as many as qualify. */
  capacity_per_month: z.number().int().min(0).nullable().default(null),
}

/** What a motion says differently; what it leaves out is as for all. No defaults here: they would hide what holds for all. */
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
  /** Excluded when the account's value is one of these, or, of a list, when it holds one of them. */
  is_any_of: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
})

/** `models/policy.json`: who is handed to sales, and when no longer. */
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
        /** What is said when something goes wrong, and when it is well again; kinds of activities or business events. */
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
    /** In points of 100: a family score that moved so far since it was last told of is told as `score.changed`. */
    score_step: z.number().min(1).max(100).default(10),
    /** Who of those that barely qualify is listed is left to chance, so that one can see what listing brings. */
    holdout: z
      .strictObject({
        /** Of those in the band, so many are inControlGroup; 0 switches the holdout off. */
        share: z.number().min(0).max(0.5).default(0.1),
        /** The band reaches so far around the probability of the last who would be listed: 0.5 is from half to half as much again. */
        band: z.number().min(0).max(1).default(0.5),
        /** So long an assignment holds. */
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

/** What holds in one motion for one model version. */
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
  /** Whether what a holdout said is still heeded: switched off, it is not. */
  readonly usesHoldout: boolean
}

/**
 * The rules of each motion. The threshold that a version's backtest chose takes the place of the file's, and the threshold to leave keeps
 * its ratio to it. Example: enter 0.05, exit 0.03, and a backtest that chose 0.08: enter 0.08, exit 0.048.
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
