import type { ImportKind } from '../facts/import/kinds.ts'
import { counted } from '../base/counted.ts'
import { listed } from '../base/listed.ts'
import type { Found, Inventory } from './inventory.ts'
import type { FeatureDefinition } from './specification.ts'

/** What a feature is computed from, and how much of it there is. */
export interface FeatureInput {
  /** The kind of rows that would bring it. */
  readonly import: ImportKind
  /** What these rows have to hold: `the column employees`, `rows of the kind demo_request`. */
  readonly holds: string
  readonly filled: boolean
  /** The share of accounts of which it is unknown. An event that a source records is known of every account, also where there was none. */
  readonly lacking: number
}

/** The input of a feature, by the facts that its measure reads. */
export function inputOf(definition: FeatureDefinition, inventory: Inventory): FeatureInput {
  switch (definition.measure) {
    case 'attribute':
      return fieldInput(definition.field, inventory)
    case 'people_known':
      return definition.by ? roleInput(inventory) : contactInput(inventory)
    case 'roles_known':
      return roleInput(inventory)
    case 'people_engaged':
    case 'roles_engaged':
    case 'last_kind':
      return activityInput(definition, inventory)
    case 'count':
    case 'decayed_count':
    case 'days_since_last':
    case 'trend':
      return definition.of === 'activity' ? activityInput(definition, inventory) : eventInput(definition, inventory)
    case 'intent_strength':
    case 'intent_surge':
    case 'surging_topics':
      return eventsFound('intent-signals', 'topic', definition.topics ?? definition.per_topic, inventory.intentTopics)
  }
}

function fieldInput(field: string, { fields, accounts }: Inventory): FeatureInput {
  const found = fields.find((one) => one.field === field)?.accounts ?? 0
  return ofAccounts('accounts', `the column ${field}`, found, accounts)
}

function contactInput({ contacts, accounts }: Inventory): FeatureInput {
  return ofAccounts('contacts', 'the people of each account', contacts.accounts, accounts)
}

function roleInput({ contacts, accounts }: Inventory): FeatureInput {
  return ofAccounts('contacts', 'the column title, seniority, department or buying_role', contacts.withRole, accounts)
}

function ofAccounts(kind: ImportKind, holds: string, found: number, accounts: number): FeatureInput {
  return { import: kind, holds, filled: found > 0, lacking: accounts === 0 ? 1 : 1 - Math.min(1, found / accounts) }
}

interface OfActivities {
  readonly measure: string
  readonly kinds?: readonly string[] | undefined
  readonly per_kind?: readonly string[] | undefined
  readonly anonymous?: boolean | undefined
}

function activityInput(definition: OfActivities, { activities, named, anonymous, reach }: Inventory): FeatureInput {
  if (activities.length === 0) {
    const only = reach > 0 ? ` (there are only ${counted(reach, 'activity', 'activities')} of sales)` : ''
    return recorded('activities', `what the buyer did, by kind and with its contact${only}`, 0)
  }
  const kinds = definition.kinds ?? definition.per_kind
  if (definition.anonymous === true)
    return recorded('activities', 'visits of unidentified people, by domain, ip or visitor_id', anonymous)
  if (kinds !== undefined) return eventsFound('activities', 'kind', kinds, activities, ', done by the buyer')
  const isOfPeople = definition.measure.endsWith('_engaged')
  return isOfPeople
    ? recorded('activities', 'what the buyer did, with its contact', named)
    : recorded('activities', 'what the buyer did', activities.length)
}

function eventInput(
  definition: Extract<FeatureDefinition, { readonly of: string }>,
  { businessEvents, customerEvents, opportunities }: Inventory,
): FeatureInput {
  const kinds = definition.kinds ?? definition.per_kind
  if (definition.of === 'business_event') return eventsFound('business-events', 'kind', kinds, businessEvents)
  if (definition.of === 'customer_event') return eventsFound('customer-events', 'kind', kinds, customerEvents)
  return eventsFound('opportunities', 'outcome', kinds, opportunities)
}

function eventsFound(
  kind: ImportKind,
  what: 'kind' | 'topic' | 'outcome',
  names: readonly string[] | undefined,
  found: readonly Found[],
  whose = '',
): FeatureInput {
  const holds = names === undefined ? `rows of any ${what}` : `rows of the ${what} ${listed(names, 'or')}`
  const count = names === undefined ? found.length : found.filter((one) => names.includes(one.kind)).length
  return recorded(kind, `${holds}${whose}`, count)
}

function recorded(kind: ImportKind, holds: string, found: number): FeatureInput {
  return { import: kind, holds, filled: found > 0, lacking: found > 0 ? 0 : 1 }
}
