import { z } from 'zod'
import { STAGES } from '../../scoring/stages/stages.ts'
import { BUYING_ROLES } from '../../facts/import/kinds.ts'
import { didYouMean } from '../../base/did-you-mean.ts'
import { STATES } from '../state.ts'
import { GRADES, LEVELS } from '../../scoring/published-score.ts'

/** The channels of an action. */
export const CHANNELS = [
  'display_ads',
  'content_hub',
  'enrichment',
  'bdr_cadence',
  'bdr_meeting',
  'direct_mail',
  'marketing_email',
  'event_invitation',
  'account_manager',
] as const

/**
 * The audience of an action: the account, the missing role, the person of a silent role, or the person to call. The last two
 * need a person who may be contacted.
 */
const AUDIENCES = ['account', 'missing_role', 'silent_role', 'person_to_call'] as const

/** The placeholders of a text. */
const PLACEHOLDERS = ['account', 'person', 'role', 'topic', 'event', 'touches'] as const
type Placeholder = (typeof PLACEHOLDERS)[number]

function named<const Names extends readonly [string, ...string[]]>(what: string, names: Names) {
  return z.enum(names, {
    error: ({ input }) =>
      typeof input === 'string'
        ? `unknown ${what} "${input}"${didYouMean(input, names) || `: expected one of ${names.join(', ')}`}`
        : `must be a ${what}: one of ${names.join(', ')}`,
  })
}

const days = z.number().int().min(1).max(365)
const stage = named('stage', STAGES)
const role = named('role', BUYING_ROLES)
const grade = z.array(named('grade', GRADES)).min(1)
const level = z.array(named('level', LEVELS)).min(1)
const ruleName = z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, 'must be lower case letters, digits and _')
const kinds = z.array(z.string().min(1).max(200)).min(1)
const happened = z.strictObject({ kinds, within_days: days })

const text = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .superRefine((value, context) => {
    for (const name of placeholdersOf(value)) {
      if ((PLACEHOLDERS as readonly string[]).includes(name)) continue
      const message = `unknown placeholder "{${name}}"${didYouMean(name, PLACEHOLDERS) || `: expected one of ${PLACEHOLDERS.join(', ')}`}`
      context.addIssue({ code: 'custom', message })
    }
  })

function placeholdersOf(value: string): readonly string[] {
  return [...value.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '')
}

/** All conditions must hold; of a list, one value. */
const When = z
  .strictObject({
    stage: z.array(stage).min(1),
    open_opportunity: z.boolean(),
    customer: z.boolean(),
    /** The state in any motion. */
    qualification: z.array(named('qualification state', STATES)).min(1),
    /** One of these roles has no known person. */
    missing_role: z.array(role).min(1),
    /** One of these roles has known people, all without recent activity. */
    silent_role: z.array(role).min(1),
    engaged_role: z.array(role).min(1),
    /** `true`: any topic. */
    surging_topic: z.union([z.literal(true), z.array(z.string().min(1)).min(1)], {
      error: 'must be true or a list of topics',
    }),
    business_event: happened,
    /** Activity of the buyer. */
    buyer_activity: happened,
    /** Activity of sales. */
    sales_activity: happened,
    /** No such activity, of the buyer or of sales. */
    no_activity: happened,
    /** Days since the last contact by sales; infinite if there was none. */
    days_since_contact: z
      .strictObject({ at_least: z.number().int().min(0).max(3650), at_most: z.number().int().min(0).max(3650) })
      .partial()
      .refine(
        ({ at_least: least, at_most: most }) => least === undefined || most === undefined || least <= most,
        'at_least must not exceed at_most',
      ),
    grades: z.strictObject({ account_fit: grade, contact_fit: grade, engagement: grade, intent: grade }).partial(),
    fit: level,
    intent: level,
  })
  .partial()
  .refine(
    (when) => Object.keys(when).length > 0,
    'must have a condition: without one the rule would fire for every account',
  )

const RuleFields = z.strictObject({
  $comment: z.string().optional(),
  name: ruleName,
  channel: named('channel', CHANNELS),
  audience: named('audience', AUDIENCES),
  when: When,
  /** Applies only if this earlier rule neither fires nor has an active action: the fallback. */
  instead_of: ruleName.optional(),
  /** The instruction to a BDR. */
  do: text,
  /** What the message is about. */
  message: text,
  /** The message for the person of a role. */
  message_by_role: z.partialRecord(role, text).optional(),
  /** The number of touches of a cadence. */
  touches: z.number().int().min(1).max(100).optional(),
  /** The duration of an action. */
  expires_after_days: days,
  /** The days after a trigger without another one. */
  cool_down_days: z.number().int().min(0).max(3650),
})

/** `models/playbook.json`: the rules of the next best action, in order of priority. */
export const Playbook = z
  .strictObject({
    $comment: z.string().optional(),
    /** The definition of a surging topic. */
    surge: z
      .strictObject({ window_days: days, baseline_days: days, ratio: z.number().min(1).max(100) })
      .default({ window_days: 21, baseline_days: 84, ratio: 1.5 }),
    /** The text of `{topic}` if no topic is researched. */
    topic_otherwise: z.string().trim().min(1).max(200),
    /** The kinds of sales activity that count as contact. */
    contact_kinds: kinds.default(['sales_call', 'sales_email', 'sales_meeting']),
    rules: z.array(RuleFields).min(1).max(100),
  })
  .superRefine(({ rules }, context) => {
    const names = rules.map((rule) => rule.name)
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path: ['rules', ...path], message })
    rules.forEach((rule, index) => {
      const before = names.slice(0, index)
      if (before.includes(rule.name)) complain([index, 'name'], `another rule is named "${rule.name}"`)
      if (rule.instead_of !== undefined && !before.includes(rule.instead_of)) {
        complain(
          [index, 'instead_of'],
          `no earlier rule is named "${rule.instead_of}"${didYouMean(rule.instead_of, before)}`,
        )
      }
      for (const audience of ['missing_role', 'silent_role'] as const) {
        if (rule.audience !== audience || rule.when[audience]) continue
        complain([index, 'audience'], `${audience} needs when.${audience} with the roles`)
      }
      for (const [path, used] of textsOf(rule)) {
        const missing = placeholdersOf(used).find((name) => !isFilled(name as Placeholder, rule))
        if (missing !== undefined) complain([index, ...path], `{${missing}} may have no value in this rule`)
      }
      if (rule.expires_after_days > rule.cool_down_days) {
        const message = `must be at least expires_after_days (${rule.expires_after_days}), got ${rule.cool_down_days}`
        complain([index, 'cool_down_days'], message)
      }
    })
  })
export type Playbook = z.infer<typeof Playbook>
export type Rule = z.infer<typeof RuleFields>

function textsOf(rule: Rule): readonly (readonly [path: readonly string[], text: string])[] {
  const byRole = Object.entries(rule.message_by_role ?? {}).map(
    ([name, value]) => [['message_by_role', name], value ?? ''] as const,
  )
  return [[['do'], rule.do], [['message'], rule.message], ...byRole]
}

/** Whether a placeholder always has a value. Unknown placeholders are reported elsewhere. */
function isFilled(name: Placeholder, { audience, when, touches }: Rule): boolean {
  switch (name) {
    case 'person':
      return audience === 'person_to_call' || audience === 'silent_role'
    case 'role':
      return audience !== 'account'
    case 'event':
      return when.business_event !== undefined
    case 'touches':
      return touches !== undefined
    default:
      return true
  }
}
