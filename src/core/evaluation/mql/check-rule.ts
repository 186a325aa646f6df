import { STANDARD_VOCABULARY, type Vocabulary } from '../../features/check-specification.ts'
import type { Lookback } from '../../features/compile.ts'
import { nearest } from '../../base/did-you-mean.ts'
import { CONTACT_FIELDS, fadingDays, type MqlRule } from './mql-rule.ts'

const CUSTOMER_EVENTS = ['renewal', 'expansion', 'churn']

/** One line per field or kind that neither the standard nor the data knows, each with the nearest known ones. */
export function unknownRuleNames(rule: MqlRule, observed: Vocabulary): readonly string[] {
  const known = {
    account: [...STANDARD_VOCABULARY.fields, ...observed.fields],
    contact: CONTACT_FIELDS,
    activity: [...STANDARD_VOCABULARY.activityKinds, ...observed.activityKinds],
    business_event: [...STANDARD_VOCABULARY.businessEventKinds, ...observed.businessEventKinds],
    customer_event: CUSTOMER_EVENTS,
  }
  const complain = (item: string, what: string, wanted: readonly string[], among: readonly string[]) =>
    wanted
      .filter((name) => !among.includes(name))
      .map((name) => `MQL points "${item}" name an unknown ${what} "${name}"; ${suggestion(name, among)}`)
  return [
    ...rule.profile.flatMap(({ name, of, field }) => complain(name, `${of} field`, [field], known[of])),
    ...rule.events.flatMap(({ name, fact, kinds }) =>
      complain(name, `${fact.replaceAll('_', ' ')} kind`, kinds, known[fact]),
    ),
  ]
}

/** How far back the point-in-time query has to look for this rule. */
export function ruleLookback(rule: MqlRule): Lookback {
  const longest = (fact: string) =>
    Math.max(
      0,
      ...rule.events.filter((item) => item.fact === fact).map((item) => fadingDays(item.fading ?? rule.fading)),
    )
  return {
    activityDays: longest('activity'),
    intentDays: 0,
    businessEventDays: longest('business_event'),
    customerEventDays: longest('customer_event'),
    latestKinds: false,
    sourcePrecedence: [],
  }
}

/** A query that looks back this far serves both. */
export function longerLookback(one: Lookback, other: Lookback): Lookback {
  return {
    activityDays: Math.max(one.activityDays, other.activityDays),
    intentDays: Math.max(one.intentDays, other.intentDays),
    businessEventDays: Math.max(one.businessEventDays, other.businessEventDays),
    customerEventDays: Math.max(one.customerEventDays, other.customerEventDays),
    latestKinds: one.latestKinds || other.latestKinds,
    sourcePrecedence: one.sourcePrecedence,
    titles: one.titles,
  }
}

function suggestion(name: string, among: readonly string[]): string {
  const close = nearest(name, [...new Set(among)])
  return close.length > 0 ? `nearest known: ${close.join(', ')}` : 'none like it is known'
}
