import { STANDARD_VOCABULARY, type Vocabulary } from '../../features/check-specification.ts'
import { didYouMean } from '../../base/did-you-mean.ts'
import type { Playbook } from './playbook.ts'

export interface NameProblem {
  /** The path in the file. */
  readonly path: readonly (string | number)[]
  readonly message: string
}

/**
 * The kinds and topics that are neither standard nor in the data. Topics exist only in the data and are not checked before
 * there are any.
 */
export function unknownPlaybookNames(playbook: Playbook, observed: Vocabulary): readonly NameProblem[] {
  const activities = [...STANDARD_VOCABULARY.activityKinds, ...observed.activityKinds]
  const businessEvents = [...STANDARD_VOCABULARY.businessEventKinds, ...observed.businessEventKinds]
  const complain = (path: NameProblem['path'], what: string, names: readonly string[], known: readonly string[]) =>
    names.flatMap((name, index) => {
      if (known.includes(name)) return []
      const near = didYouMean(name, [...new Set(known)]) || '; no known name is similar'
      return [{ path: [...path, index], message: `unknown ${what} "${name}"${near}` }]
    })
  return [
    ...complain(['contact_kinds'], 'activity kind', playbook.contact_kinds, activities),
    ...playbook.rules.flatMap(({ when }, index) => {
      const path = ['rules', index, 'when']
      const topics = Array.isArray(when.surging_topic) && observed.topics.length > 0 ? when.surging_topic : []
      return [
        ...complain([...path, 'surging_topic'], 'topic', topics, observed.topics),
        ...complain(
          [...path, 'business_event', 'kinds'],
          'business event kind',
          when.business_event?.kinds ?? [],
          businessEvents,
        ),
        ...(['buyer_activity', 'sales_activity', 'no_activity'] as const).flatMap((condition) =>
          complain([...path, condition, 'kinds'], 'activity kind', when[condition]?.kinds ?? [], activities),
        ),
      ]
    }),
  ]
}

/** The longest window of the playbook, in days. */
export function playbookDays({ rules, surge }: Playbook) {
  const longest = (days: readonly (number | undefined)[]) => Math.max(1, ...days.map((one) => one ?? 1))
  return {
    activityDays: longest(
      rules.flatMap(({ when }) => [
        when.buyer_activity?.within_days,
        when.sales_activity?.within_days,
        when.no_activity?.within_days,
        // The window must include the first day on which the condition holds.
        when.days_since_contact?.at_least,
        (when.days_since_contact?.at_most ?? 0) + 1,
      ]),
    ),
    intentDays: surge.window_days + surge.baseline_days,
    businessEventDays: longest(rules.map(({ when }) => when.business_event?.within_days)),
  }
}
