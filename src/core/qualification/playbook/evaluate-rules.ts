import type { State } from '../state.ts'
import { ageInDays, type Instant, instantPlusDays } from '../../base/time.ts'
import { type Action, actionOf } from './action.ts'
import { checkFacts, type ConditionResult, checkGroup, checkQualification, type Standing } from './conditions.ts'
import type { Playbook, Rule } from './playbook.ts'
import type { Group, Situation } from './situation.ts'
import { spoken } from './words.ts'

/** The last action of a rule. */
export interface Triggered {
  readonly action: Action
  readonly triggeredAt: Instant
  readonly expiresAt: Instant
  /** Null while it stands, also when it has expired: that needs no telling. */
  readonly ended: { readonly at: Instant; readonly because: string } | null
}

/** By rule. */
export type History = ReadonlyMap<string, Triggered>

/** What keeps an account from everything in the playbook. */
export interface Holds {
  /** By name, the exclusions of models/policy.json that apply: an open complaint, do-not-contact ... */
  readonly excludedBy: readonly string[]
  /** The holdout keeps it from the playbook. */
  readonly inControlGroup: boolean
  /** Sales rejected it: not before. */
  readonly pausedUntil: Instant | null
}

export interface Account {
  readonly standing: Standing
  readonly situation: Situation
  /** Null where nobody asked who the people are. */
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

/** What every rule of the playbook says about an account, in the order of the playbook. */
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
  if (!action) return { kind: 'suppressed', rule, because: ['nobody there may be contacted for it'] }
  return { kind: 'fires', rule, action }
}

/** Whether anything could fire or stand by score and facts alone: else nobody need be asked who the people are. */
export function mayFire(playbook: Playbook, standing: Standing, situation: Situation): boolean {
  return playbook.rules.some((rule) => checkFacts(rule, playbook, standing, situation).every(({ holds }) => holds))
}

export interface Hold {
  /** What is told to whoever carries the action out; of a holdout nothing is told. */
  readonly because: string
  readonly says: string
}

/** Why nothing at all is to be done with an account; undefined when there is no such reason. */
export function holdOf({ excludedBy, inControlGroup, pausedUntil }: Holds, asOf: Instant): Hold | undefined {
  const [exclusion] = excludedBy
  if (exclusion !== undefined) return { because: exclusion, says: `hold still: ${spoken(exclusion)}` }
  if (inControlGroup) return { because: 'withdrawn', says: 'kept back by the holdout of models/policy.json' }
  if (pausedUntil !== null && asOf < pausedUntil) {
    return { because: 'rejected', says: `rejected by sales, paused until ${pausedUntil.slice(0, 10)}` }
  }
  return undefined
}

export function standsAt({ ended, expiresAt }: Triggered, asOf: Instant): boolean {
  return ended === null && asOf < expiresAt
}

/**
 * Why a standing action ends before it expires; null when it goes on. The stage is what it was chosen for, and a person who
 * must not be contacted any more is not. All else may have changed by the action itself.
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

/** The action was right and the person is not: another may be asked at once. */
const PERSON_GONE = 'person_not_reachable'

function coolDown(rule: Rule, last: Triggered | undefined, asOf: Instant): string | null {
  if (!last || last.ended?.because === PERSON_GONE) return null
  const until = instantPlusDays(last.triggeredAt, rule.cool_down_days)
  if (asOf >= until) return null
  return `done ${ageInDays(asOf, last.triggeredAt)} days ago, not again before ${until.slice(0, 10)}`
}

function checkInsteadOf({ instead_of: other }: Rule, before: readonly RuleResult[]): readonly ConditionResult[] {
  if (other === undefined) return []
  const result = before.find(({ rule }) => rule.name === other)
  const holds = result?.kind !== 'fires' && result?.kind !== 'stands'
  return [{ holds, says: holds ? `${spoken(other)} is not possible now` : `${spoken(other)} comes first` }]
}
