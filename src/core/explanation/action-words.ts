import type { PlainFeature } from '../features/specification.ts'
import type { BuyerAction } from './published-explanation.ts'

/** "3 more pricing page visits", "a contact in the role of procurement who engages", "research on analytics at strength 75". */
export function actionInWords(action: BuyerAction, definitions: readonly PlainFeature[]): string {
  switch (action.kind) {
    case 'activity':
      return activityInWords(action, definitions)
    case 'person_engages':
      return personInWords(action)
    case 'topic_surges':
      return `research on "${spoken(action.topic)}" at strength ${action.strength} of 100`
  }
}

/** "a, b and c". */
export function listed(texts: readonly string[]): string {
  if (texts.length < 2) return texts.join('')
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`
}

type Activity = Extract<BuyerAction, { readonly kind: 'activity' }>

function activityInWords({ activity_kind: kind, count, anonymous }: Activity, definitions: readonly PlainFeature[]) {
  const noun = nounOf(kind, anonymous, definitions)
  if (!noun) return count === 1 ? `one more "${spoken(kind)}"` : `${count} more "${spoken(kind)}" activities`
  return count === 1 ? `one more ${noun[0]}` : `${count} more ${noun[1]}`
}

/** What the specification calls it: the noun of a count of this kind alone, by whomever, or of anonymous visits. */
function nounOf(kind: string, anonymous: boolean, definitions: readonly PlainFeature[]) {
  const counts = definitions.filter(({ measure }) => measure === 'count')
  const found = counts.find((definition) => {
    if (!('of' in definition) || definition.of !== 'activity' || definition.by) return false
    if (anonymous) return definition.anonymous === true && !definition.kinds
    return definition.anonymous === undefined && definition.kinds?.length === 1 && definition.kinds[0] === kind
  })
  return found?.noun
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
