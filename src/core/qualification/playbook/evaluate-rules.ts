import type { State } from '../state.ts'
import { ageInDays, type Instant, instantPlusDays } from '../../base/time.ts'
import { type Action, actionOf } from './action.ts'
import { checkFacts, type ConditionResult, checkGroup, checkQualification, type AccountStatus } from './conditions.ts'
import type { Playbook, Rule } from './playbook.ts'
import type { Group, Situation } from './situation.ts'
import { spoken } from './words.ts'
import { counted } from '../../base/counted.ts'

/** The last action of a rule. */
export interface Triggered {
  readonly action: Action
  readonly triggeredAt: Instant
  readonly expiresAt: Instant
  /** Null while the action is active, and after it expired, which creates no event. */
  readonly ended: { readonly at: Instant; readonly because: string } | null
}

/** By rule. */
export type History = ReadonlyMap<string, Triggered>

/** What suppresses the playbook for an account. */
export interface Holds {
  /** The names of the exclusions of models/policy.json that apply: an open complaint, do-not-contact ... */
  readonly excludedBy: readonly string[]
  /** In the control group of the holdout. */
  readonly inControlGroup: boolean
  /** The end of the pause after a rejection. */
  readonly pausedUntil: Instant | null
}

export interface Account {
  readonly standing: AccountStatus
  readonly situation: Situation
  /** Null if the people were not read. */
  readonly group: Group | null
  /** Of all motions. */
  readonly states: readonly State[]
  readonly holds: Holds
  readonly history: History
  readonly asOf: Instant
}

export type RuleResult =
  | { readonly kind: 'fires'; readonly rule: Rule; readonly action: Action }
  | { readonly kind: 'stands'; readonly rule: Rule; readonly triggered: Triggered }
  | { readonly kind: 'suppressed' | 'not_met'; readonly rule: Rule; readonly because: readonly string[] }

/** Evaluates every rule of the playbook for an account, in the order of the playbook. */
export function evaluateRules(playbook: Playbook, account: Account): readonly RuleResult[] {
  const results: RuleResult[] = []
  for (const rule of playbook.rules) results.push(evaluateRule(playbook, rule, account, results))
  return results
}

const NOBODY: Group = { roles: [], people_to_reach: [] }

function evaluateRule(playbook: Playbook, rule: Rule, account: Account, before: readonly RuleResult[]): RuleResult {
  const last = account.history.get(rule.name)
  const group = account.group ?? NOBODY
  const hold = holdOf(account.holds, account.asOf)
  if (hold) return { kind: 'suppressed', rule, because: [hold.says] }
  if (last && standsAt(last, account.asOf) && endOf(rule, account, last) === null) {
    return { kind: 'stands', rule, triggered: last }
  }
  const results = [
    ...checkFacts(rule, playbook, account.standing, account.situation),
    ...checkGroup(rule, group),
    ...checkQualification(rule, account.states),
    ...checkInsteadOf(rule, before),
  ]
  const unmet = results.filter(({ holds }) => !holds).map(({ says }) => says)
  if (unmet.length > 0) return { kind: 'not_met', rule, because: unmet }
  const cooling = coolDown(rule, last, account.asOf)
  if (cooling !== null) return { kind: 'suppressed', rule, because: [cooling] }
  const action = actionOf(
    rule,
    playbook,
    { ...account, group },
    results.map(({ says }) => says),
  )
  if (!action) return { kind: 'suppressed', rule, because: ['no person of the account may be contacted for it'] }
  return { kind: 'fires', rule, action }
}

/** Whether a rule may fire by score and facts alone; otherwise the people need not be read. */
export function mayFire(playbook: Playbook, standing: AccountStatus, situation: Situation): boolean {
  return playbook.rules.some((rule) => checkFacts(rule, playbook, standing, situation).every(({ holds }) => holds))
}

export interface Hold {
  /** The reason in `action.ended`; it does not reveal the holdout. */
  readonly because: string
  readonly says: string
}

/** The reason why the playbook is suppressed for the account, if any. */
export function holdOf({ excludedBy, inControlGroup, pausedUntil }: Holds, asOf: Instant): Hold | undefined {
  const [exclusion] = excludedBy
  if (exclusion !== undefined) return { because: exclusion, says: `excluded: ${spoken(exclusion)}` }
  if (inControlGroup) return { because: 'withdrawn', says: 'in the control group of the holdout (models/policy.json)' }
  if (pausedUntil !== null && asOf < pausedUntil) {
    return { because: 'rejected', says: `rejected by sales, paused until ${pausedUntil.slice(0, 10)}` }
  }
  return undefined
}

export function standsAt({ ended, expiresAt }: Triggered, asOf: Instant): boolean {
  return ended === null && asOf < expiresAt
}

/**
 * The reason why an active action ends before it expires, or null. It ends if the account leaves its stages or the person may
 * no longer be contacted. The action itself may change the other conditions.
 */
export function endOf(rule: Rule | undefined, { standing, group }: Account, { action }: Triggered): string | null {
  if (!rule) return 'rule_removed'
  const { stage, open_opportunity: open } = rule.when
  if (stage && !(standing.stage !== null && stage.includes(standing.stage))) return 'stage_left'
  if (open !== undefined && open !== standing.hasOpenOpportunity)
    return open ? 'opportunity_closed' : 'opportunity_opened'
  const { person } = action
  const isThere =
    person === null ||
    group === null ||
    group.people_to_reach.some((one) => one.contact_external_id === person.contact_external_id)
  return isThere ? null : PERSON_GONE
}

/** Only the person changed: the rule may fire again at once for another. */
const PERSON_GONE = 'person_not_reachable'

function coolDown(rule: Rule, last: Triggered | undefined, asOf: Instant): string | null {
  if (!last || last.ended?.because === PERSON_GONE) return null
  const until = instantPlusDays(last.triggeredAt, rule.cool_down_days)
  if (asOf >= until) return null
  return `done ${counted(ageInDays(asOf, last.triggeredAt), 'day')} ago, not again before ${until.slice(0, 10)}`
}

function checkInsteadOf({ instead_of: other }: Rule, before: readonly RuleResult[]): readonly ConditionResult[] {
  if (other === undefined) return []
  const result = before.find(({ rule }) => rule.name === other)
  const holds = result?.kind !== 'fires' && result?.kind !== 'stands'
  return [{ holds, says: holds ? `${spoken(other)} is not possible now` : `${spoken(other)} comes first` }]
}
