import type { AccountSnapshot, EventCell, SnapshotContact } from '../features/snapshot.ts'
import { answersTo } from './buyer-actions.ts'
import type { BuyerAction } from './published-explanation.ts'

/**
 * The snapshot with these buyer actions added today. Only people, activities and research change: attributes, deals,
 * business events and sales activity remain the same objects.
 */
export function applyActions(snapshot: AccountSnapshot, actions: readonly BuyerAction[]): AccountSnapshot {
  return actions.reduce(applyAction, snapshot)
}

function applyAction(snapshot: AccountSnapshot, action: BuyerAction): AccountSnapshot {
  switch (action.kind) {
    case 'activity':
      return withActivity(snapshot, action.activity_kind, action.count, action.anonymous ? null : lastEngaged(snapshot))
    case 'person_engages': {
      const known = whoCouldEngage(snapshot, action)
      const person = known ?? newPerson(snapshot, action)
      const contacts = known ? snapshot.contacts : [...snapshot.contacts, person]
      return withActivity({ ...snapshot, contacts }, action.activity_kind, 1, person.key)
    }
    case 'topic_surges': {
      const { topic, provider, strength } = action
      const signal = { provider, topic, ageDays: 0, strengthE4: Math.round(strength * 10_000) }
      return { ...snapshot, intentSignals: [...snapshot.intentSignals, signal] }
    }
  }
}

function withActivity(snapshot: AccountSnapshot, kind: string, count: number, contactKey: number | null) {
  const cell: EventCell = { kind, contactKey, ageDays: 0, count }
  const latestKinds = [kind, ...snapshot.latestKinds.filter((other) => other !== kind)]
  return { ...snapshot, activities: [...snapshot.activities, cell], latestKinds }
}

/** Repeated activity comes from the most recently active person, so that it adds no new person; anonymous if there is none. */
function lastEngaged(snapshot: AccountSnapshot): number | null {
  const here = new Set(snapshot.contacts.map((contact) => contact.key))
  let newest: EventCell | null = null
  for (const cell of snapshot.activities) {
    const isNewer = newest === null || cell.ageDays < newest.ageDays
    if (cell.contactKey !== null && here.has(cell.contactKey) && isNewer) newest = cell
  }
  return newest?.contactKey ?? null
}

type Engaging = Extract<BuyerAction, { readonly kind: 'person_engages' }>

/** A known person of this description without activity; "anybody" matches no known person. */
function whoCouldEngage(snapshot: AccountSnapshot, person: Engaging): SnapshotContact | undefined {
  if (person.buying_role === null && person.seniority === null && person.department === null) return undefined
  const engaged = new Set(snapshot.activities.map((cell) => cell.contactKey))
  return snapshot.contacts.find((contact) => !engaged.has(contact.key) && answersTo(contact, person))
}

function newPerson(snapshot: AccountSnapshot, person: Engaging): SnapshotContact {
  const keys = [...snapshot.contacts.map(({ key }) => key), ...snapshot.activities.map((cell) => cell.contactKey ?? 0)]
  const key = 1 + Math.max(0, ...keys)
  return {
    key,
    externalId: `somebody-${key}`,
    name: null,
    title: null,
    seniority: person.seniority,
    department: person.department,
    buyingRole: person.buying_role,
  }
}
