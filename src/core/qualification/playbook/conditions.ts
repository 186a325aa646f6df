import type { Stage } from '../../scoring/stages/stages.ts'
import { holderOf } from '../../scoring/people/buying-group.ts'
import type { State } from '../state.ts'
import type { StoredScore } from '../../scoring/published-score.ts'
import { listed } from '../../base/listed.ts'
import { spoken } from './words.ts'
import type { Playbook, Rule } from './playbook.ts'
import type { BuyingRole, Group, NewestOfKind, Situation } from './situation.ts'
import { counted } from '../../base/counted.ts'

/** The state of an account, besides its facts. */
export interface AccountStatus {
  readonly accountName: string
  readonly stage: Stage | null
  readonly hasOpenOpportunity: boolean
  readonly isCustomer: boolean
  readonly grades: StoredScore['grades']
  readonly fit: StoredScore['fit_intent']['fit']
  readonly intent: StoredScore['fit_intent']['intent']
}

/** Whether a condition holds, and the reason in words. */
export interface ConditionResult {
  readonly holds: boolean
  readonly says: string
}

type When = Rule['when']

const FAMILY_WORDS: Readonly<Record<keyof AccountStatus['grades'], string>> = {
  account_fit: 'company fit',
  contact_fit: 'fit of the people',
  engagement: 'engagement',
  intent: 'intent',
}

/** Checks the conditions of a rule that need only the score and the facts, not the buying group. */
export function checkFacts(
  { when }: Rule,
  playbook: Playbook,
  standing: AccountStatus,
  situation: Situation,
): readonly ConditionResult[] {
  return [...checkStanding(when, standing), ...checkEvents(when, playbook, situation)]
}

function checkStanding(when: When, standing: AccountStatus): readonly ConditionResult[] {
  const results: ConditionResult[] = []
  const { stage } = standing
  if (when.stage) {
    const says = stage === null ? 'in no buying stage' : `in the ${stage} stage`
    results.push({ holds: stage !== null && when.stage.includes(stage), says })
  }
  if (when.open_opportunity !== undefined) {
    const says = standing.hasOpenOpportunity ? 'has an open deal' : 'has no open deal'
    results.push({ holds: standing.hasOpenOpportunity === when.open_opportunity, says })
  }
  if (when.customer !== undefined) {
    const says = standing.isCustomer ? 'is a customer' : 'is not a customer'
    results.push({ holds: standing.isCustomer === when.customer, says })
  }
  for (const [family, wanted] of Object.entries(when.grades ?? {})) {
    const grade = standing.grades[family as keyof AccountStatus['grades']]
    const of = FAMILY_WORDS[family as keyof AccountStatus['grades']]
    const says = grade === null ? `${of} is not known` : `${of} is graded ${grade}`
    results.push({ holds: grade !== null && wanted?.includes(grade) === true, says })
  }
  for (const axis of ['fit', 'intent'] as const) {
    const [wanted, level] = [when[axis], standing[axis]]
    if (wanted)
      results.push({ holds: level !== null && wanted.includes(level), says: `${axis} is ${level ?? 'unknown'}` })
  }
  return results
}

function checkEvents(when: When, playbook: Playbook, situation: Situation): readonly ConditionResult[] {
  const results: ConditionResult[] = []
  if (when.surging_topic) {
    const found = surging(when, situation)
    const says = found === undefined ? 'none of the topics is surging' : `research on ${spoken(found)} is surging`
    results.push({ holds: found !== undefined, says })
  }
  if (when.business_event) {
    const found = newestWithin(situation.businessEvents, when.business_event)
    const says = found ? `${spoken(found.kind)} ${ago(found.ageDays)}` : `no ${alternatives(when.business_event)}`
    results.push({ holds: found !== undefined, says })
  }
  if (when.buyer_activity) {
    const found = newestWithin(situation.buyerActivities, when.buyer_activity)
    const says = found ? `${spoken(found.kind)} ${ago(found.ageDays)}` : `no ${alternatives(when.buyer_activity)}`
    results.push({ holds: found !== undefined, says })
  }
  if (when.sales_activity) {
    const found = newestWithin(situation.reach, when.sales_activity)
    const says = found ? `${spoken(found.kind)} ${ago(found.ageDays)}` : `no ${alternatives(when.sales_activity)}`
    results.push({ holds: found !== undefined, says })
  }
  if (when.no_activity) {
    const found = newestWithin([...situation.reach, ...situation.buyerActivities], when.no_activity)
    const says = found ? `${spoken(found.kind)} ${ago(found.ageDays)}` : `no ${alternatives(when.no_activity)}`
    results.push({ holds: found === undefined, says })
  }
  if (when.days_since_contact) {
    const days = daysSinceContact(playbook, situation)
    const { at_least: least = 0, at_most: most = Infinity } = when.days_since_contact
    const says = days === null ? 'sales has not been in touch recently' : `sales was last in touch ${ago(days)}`
    results.push({ holds: (days ?? Infinity) >= least && (days ?? Infinity) <= most, says })
  }
  return results
}

export function checkGroup({ when }: Rule, group: Group): readonly ConditionResult[] {
  const results: ConditionResult[] = []
  const states = { missing_role: 'missing', silent_role: 'silent', engaged_role: 'engaged' } as const
  for (const condition of ['missing_role', 'silent_role', 'engaged_role'] as const) {
    const wanted = when[condition]
    if (!wanted) continue
    const found = rolesIn(group, states[condition], wanted)
    const names = listed((found.length > 0 ? found : wanted).map(holderOf), found.length > 0 ? 'and' : 'or')
    const says = {
      missing_role: found.length > 0 ? `no ${names} is known` : `no role is missing among ${names}`,
      silent_role: found.length > 0 ? `the ${names} is silent` : `no known ${names} is silent`,
      engaged_role: found.length > 0 ? `the ${names} is active` : `no ${names} is active`,
    }
    results.push({ holds: found.length > 0, says: says[condition] })
  }
  return results
}

export function checkQualification({ when }: Rule, states: readonly State[]): readonly ConditionResult[] {
  const wanted = when.qualification
  if (!wanted) return []
  const own: readonly State[] = states.length > 0 ? states : ['none']
  const holds = own.some((state) => wanted.includes(state))
  const says = own.map((state) => (state === 'none' ? 'was never qualified' : `is ${spoken(state)}`)).join(', ')
  return [{ holds, says }]
}

/** The wanted roles in a state, the most important first. */
export function rolesIn(group: Group, state: Group['roles'][number]['state'], wanted: readonly BuyingRole[]) {
  return group.roles.flatMap((one) => (one.state === state && wanted.includes(one.role) ? [one.role] : []))
}

/** The strongest surging topic that matches the rule. */
export function surging({ surging_topic: wanted }: When, { topics }: Situation): string | undefined {
  return topics.find(({ topic, surging: is }) => is && (!Array.isArray(wanted) || wanted.includes(topic)))?.topic
}

export function newestWithin(
  newest: readonly NewestOfKind[],
  { kinds, within_days: days }: { readonly kinds: readonly string[]; readonly within_days: number },
): NewestOfKind | undefined {
  return newest
    .filter(({ kind, ageDays }) => kinds.includes(kind) && ageDays < days)
    .toSorted((one, other) => one.ageDays - other.ageDays)[0]
}

function daysSinceContact({ contact_kinds: kinds }: Playbook, { reach }: Situation): number | null {
  return newestWithin(reach, { kinds, within_days: Infinity })?.ageDays ?? null
}

function alternatives({
  kinds,
  within_days: days,
}: {
  readonly kinds: readonly string[]
  readonly within_days: number
}) {
  return `${listed(kinds.map(spoken), 'or')} within ${counted(days, 'day')}`
}

function ago(days: number): string {
  if (days === 0) return 'today'
  return days === 1 ? 'yesterday' : `${days} days ago`
}
