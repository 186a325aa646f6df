import type { AccountSnapshot } from '../features/snapshot.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { BuyerAction } from './published-explanation.ts'

/** "3 more pricing page visits", "a contact in the role of procurement who engages", "research on analytics at strength 75". */
export function actionInWords(
  action: BuyerAction,
  definitions: readonly PlainFeature[],
  snapshot: AccountSnapshot,
): string {
  switch (action.kind) {
    case 'activity':
      return activityInWords(action, definitions, snapshot)
    case 'person_engages':
      return personInWords(action)
    case 'topic_surges':
      return `research on "${spoken(action.topic)}" at strength ${action.strength} of 100`
  }
}

type Activity = Extract<BuyerAction, { readonly kind: 'activity' }>

function activityInWords(
  { activity_kind: kind, count, anonymous }: Activity,
  definitions: readonly PlainFeature[],
  snapshot: AccountSnapshot,
): string {
  const isMore = snapshot.activities.some(
    (cell) => (anonymous || cell.kind === kind) && (!anonymous || cell.contactKey === null),
  )
  const number = `${count === 1 ? 'one' : count}${isMore ? ' more' : ''}`
  const noun = nounOf(kind, anonymous, definitions)
  if (noun) return `${number} ${noun[count === 1 ? 0 : 1]}`
  return `${number} ${count === 1 ? 'activity' : 'activities'} of the kind "${spoken(kind)}"`
}

/** What the specification calls it: the noun of the narrowest count that has this kind, or of anonymous visits. */
function nounOf(kind: string, anonymous: boolean, definitions: readonly PlainFeature[]) {
  const counts = definitions.flatMap((definition) => {
    if (definition.measure !== 'count' || definition.of !== 'activity' || definition.by) return []
    if (anonymous)
      return definition.anonymous === true && !definition.kinds ? [{ noun: definition.noun, width: 1 }] : []
    const counted = definition.anonymous === undefined && definition.kinds?.includes(kind)
    return counted ? [{ noun: definition.noun, width: definition.kinds?.length ?? 0 }] : []
  })
  return counts.toSorted((one, other) => one.width - other.width)[0]?.noun
}

type Person = Extract<BuyerAction, { readonly kind: 'person_engages' }>

function personInWords({ buying_role: role, seniority, department }: Person): string {
  const said = [
    role === null ? '' : ` in the role of ${spoken(role)}`,
    seniority === null ? '' : ` at the level of ${spoken(seniority)}`,
    department === null ? '' : ` from ${spoken(department)}`,
  ].join('')
  return said === '' ? 'one more person who engages' : `a contact${said} who engages`
}

function spoken(name: string): string {
  return name.replaceAll('_', ' ')
}
