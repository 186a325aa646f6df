import { countWithin, daysSinceLast, decayedCount, decayWeights, isWindowKnown } from '../../features/measures.ts'
import type { AccountSnapshot, EventCell, SnapshotContact } from '../../features/snapshot.ts'
import type { FeatureColumn, FeatureValue } from '../../features/types.ts'
import { engagedDays, type PeopleSpecification } from './people-specification.ts'

export interface PersonFeature {
  readonly column: FeatureColumn
  readonly read: (person: Person) => FeatureValue
  /** What its value says, in words a salesperson uses. */
  readonly say: (value: Exclude<FeatureValue, null>) => string
  /** Whether the value says that the person did nothing. */
  readonly isAbsence: (value: Exclude<FeatureValue, null>) => boolean
}

/** The level of `engaged_as` of somebody who did nothing. */
const NOBODY = 'nobody'

/** A person with what they did themselves; null where it is not known whether they did anything. */
interface Person {
  readonly contact: SnapshotContact
  readonly cells: readonly EventCell[] | null
}

/** What the contact model reads of one person: who they are (contact fit) and what they did (engagement). */
export function personFeatures(specification: PeopleSpecification): readonly PersonFeature[] {
  const longest = engagedDays(specification)
  const weights = decayWeights(specification.half_life_days, longest)
  return [
    category('seniority', 'Seniority', ({ seniority }) => seniority),
    category('department', 'Department', ({ department }) => department),
    category('buying_role', 'Role', ({ buyingRole }) => buyingRole),
    ...specification.window_days.map((days) =>
      engagement(`activities_${days}d`, 'positive', 'log1p', (cells) => countWithin(cells, days), counted(days)),
    ),
    ...specification.telling.map(({ name, noun, kinds, window_days: days }) =>
      engagement(
        name,
        'positive',
        'log1p',
        (cells) =>
          countWithin(
            cells.filter(({ kind }) => kinds.includes(kind)),
            days,
          ),
        counted(days, noun),
      ),
    ),
    engagement(
      'activity_recent',
      'positive',
      'log1p',
      (cells) => decayedCount(cells, weights),
      (value) => `${value.toFixed(1)} activities, recent ones counting most`,
    ),
    engagement(
      'days_since_activity',
      'negative',
      'none',
      (cells) => daysSinceLast(cells, longest),
      (value) => (value >= longest ? `Silent for ${longest} days or longer` : `Last active ${daysAgo(value)}`),
      longest,
    ),
    {
      column: {
        name: 'engaged_as',
        family: 'engagement',
        kind: 'category',
        transform: 'none',
        sign: null,
        windowed: true,
      },
      read: ({ contact, cells }) =>
        cells && (countWithin(cells, longest) > 0 ? (contact.buyingRole ?? 'unknown role') : NOBODY),
      say: (value) =>
        value === NOBODY ? `Not active in the last ${longest} days` : `Engaged as ${spoken(String(value))}`,
      isAbsence: (value) => value === NOBODY,
    },
  ]
}

function category(name: string, noun: string, of: (contact: SnapshotContact) => string | null): PersonFeature {
  return {
    column: { name, family: 'contact_fit', kind: 'category', transform: 'none', sign: null },
    read: ({ contact }) => of(contact),
    say: (value) => `${noun}: ${spoken(String(value))}`,
    isAbsence: () => false,
  }
}

function engagement(
  name: string,
  sign: 'positive' | 'negative',
  transform: 'none' | 'log1p',
  measure: (cells: readonly EventCell[]) => number,
  say: (value: number) => string,
  silence = 0,
): PersonFeature {
  return {
    column: { name, family: 'engagement', kind: 'number', transform, sign, windowed: true },
    read: ({ cells }) => cells && measure(cells),
    say: (value) => say(Number(value)),
    // A decayed count below 0.05 is printed as 0.0.
    isAbsence: (value) => (silence === 0 ? Number(value) < 0.05 : Number(value) === silence),
  }
}

function counted(
  days: number,
  [one, many]: readonly [string, string] = ['activity', 'activities'],
): (value: number) => string {
  return (value) => `${value === 0 ? 'No' : value} ${value === 1 ? one : many} in the last ${days} days`
}

function daysAgo(days: number): string {
  if (days === 0) return 'today'
  return days === 1 ? 'yesterday' : `${days} days ago`
}

/** "economic_decision_maker" as people say it. */
export function spoken(name: string): string {
  if (name === 'it' || name === 'hr' || name === 'vp') return name.toUpperCase()
  return name === 'c_level' ? 'C-level' : name.replaceAll('_', ' ')
}

/** Everybody who is known at the account, with their own activities. */
export function peopleOf(snapshot: AccountSnapshot, specification: PeopleSpecification): readonly Person[] {
  const known = isWindowKnown(snapshot, 'activity', null, engagedDays(specification))
  const cells = Map.groupBy(snapshot.activities, ({ contactKey }) => contactKey)
  return snapshot.contacts.map((contact) => ({ contact, cells: known ? (cells.get(contact.key) ?? []) : null }))
}

export function readPerson(features: readonly PersonFeature[], person: Person): readonly FeatureValue[] {
  return features.map((feature) => feature.read(person))
}
