import { STANDARD_VOCABULARY } from '../features/check-specification.ts'
import type { AccountSnapshot, Fact, SnapshotContact } from '../features/snapshot.ts'
import type { PlainFeature } from '../features/specification.ts'
import type { BuyerAction } from './published-explanation.ts'

/** How often a buyer might do one thing more. */
const COUNTS = [1, 2, 3, 5, 8] as const
/** How strong a provider might report research to be, of 100. */
const STRENGTHS = [50, 75, 100] as const
const MOST_TOPICS = 3
/** Somebody who did something within these days is engaged already. */
const ENGAGED_DAYS = 30

/** One thing that a buyer might do, in rising amounts. */
export type ActionGroup = readonly BuyerAction[]

/**
 * What buyers could plausibly do, by what the specification looks at and what has been recorded before: kinds of activity,
 * people, topics. Attributes, business events, deals and what sales does are not in it and cannot get into it.
 */
export function actionGroups(definitions: readonly PlainFeature[], snapshot: AccountSnapshot): readonly ActionGroup[] {
  const named = unique(
    definitions.flatMap((definition) => (isOfActivities(definition) ? (definition.kinds ?? []) : [])),
  )
  const own = snapshot.activities.map((cell) => cell.kind)
  const recorded = recordedKinds(snapshot, 'activity')
  const kinds = unique([...named.filter((kind) => recorded?.has(kind) ?? true), ...own])
  const plain = plainKind(kinds, named, recorded)
  if (plain === undefined) return topicGroups(definitions, snapshot)
  return [
    ...kinds.map((kind) => activityGroup(definitions, kind, false)),
    ...(definitions.some(isAboutAnonymous) ? [activityGroup(definitions, plain, true)] : []),
    ...peopleOf(definitions, snapshot).map((person): ActionGroup => [{ ...person, activity_kind: plain }]),
    ...topicGroups(definitions, snapshot),
  ]
}

type OfActivities = Extract<PlainFeature, { readonly kinds?: readonly string[] | undefined }>

function isOfActivities(definition: PlainFeature): definition is OfActivities {
  if (definition.measure === 'people_engaged') return true
  return 'of' in definition && definition.of === 'activity'
}

function isAboutAnonymous(definition: PlainFeature): boolean {
  return 'anonymous' in definition && definition.anonymous === true
}

/** Which kinds anybody has recorded; undefined for an account described by hand, where every kind is known to be told. */
function recordedKinds(snapshot: AccountSnapshot, fact: Fact): ReadonlySet<string> | undefined {
  const starts = snapshot.feedStarts[fact]
  if (starts.size === 1 && starts.has('*')) return undefined
  return new Set([...starts.keys()].filter((key) => key !== '*' && !key.includes('\n')))
}

/**
 * The kind that says least: one that no feature asks for by name, so that "somebody engages" is not a demo request in
 * disguise. The standard names come first, for they are known to be a buyer's.
 */
function plainKind(
  kinds: readonly string[],
  named: readonly string[],
  recorded: ReadonlySet<string> | undefined,
): string | undefined {
  const unnamed = unique([...(recorded ?? STANDARD_VOCABULARY.activityKinds), ...kinds]).filter(
    (kind) => !named.includes(kind),
  )
  const standard = STANDARD_VOCABULARY.activityKinds.find((kind) => unnamed.includes(kind))
  return standard ?? unnamed.toSorted()[0] ?? kinds[0]
}

function activityGroup(definitions: readonly PlainFeature[], kind: string, anonymous: boolean): ActionGroup {
  const about = definitions.filter((definition) => isOfActivities(definition) && definition.kinds?.includes(kind))
  // "2 demo requests" says nothing where only whether there was one is looked at.
  const once = about.length > 0 && about.every((definition) => 'at_most' in definition && definition.at_most === 1)
  const counts = once && !anonymous ? COUNTS.slice(0, 1) : COUNTS
  return counts.map((count) => ({ kind: 'activity', activity_kind: kind, count, anonymous }))
}

type Person = Omit<Extract<BuyerAction, { readonly kind: 'person_engages' }>, 'activity_kind'>

/** Anybody, and everybody whom the specification describes and of whom nobody is engaged yet. */
function peopleOf(definitions: readonly PlainFeature[], snapshot: AccountSnapshot): readonly Person[] {
  const anybody: Person = { kind: 'person_engages', buying_role: null, seniority: null, department: null }
  const described = definitions.flatMap((definition): readonly Person[] => {
    if ('roles' in definition) return definition.roles.map((role) => ({ ...anybody, buying_role: role }))
    const by = 'by' in definition ? definition.by : undefined
    if (!by) return []
    const [role, seniority, department] = [by.buying_role?.[0], by.seniority?.[0], by.department?.[0]]
    return [{ ...anybody, buying_role: role ?? null, seniority: seniority ?? null, department: department ?? null }]
  })
  const distinct = [...new Map(described.map((person) => [JSON.stringify(person), person])).values()]
  const engaged = new Set(
    snapshot.activities.filter((cell) => cell.ageDays < ENGAGED_DAYS).map((cell) => cell.contactKey),
  )
  const isMissing = (person: Person) =>
    !snapshot.contacts.some((contact) => engaged.has(contact.key) && answersTo(contact, person))
  return [anybody, ...distinct.filter(isMissing)]
}

/** Whether a contact is somebody of this description. */
export function answersTo(contact: SnapshotContact, person: Omit<Person, 'kind'>): boolean {
  return (
    (person.buying_role === null || contact.buyingRole === person.buying_role) &&
    (person.seniority === null || contact.seniority === person.seniority) &&
    (person.department === null || contact.department === person.department)
  )
}

type AboutIntent = Extract<PlainFeature, { readonly measure: 'intent_strength' | 'intent_surge' | 'surging_topics' }>

function isAboutIntent(definition: PlainFeature): definition is AboutIntent {
  return ['intent_strength', 'intent_surge', 'surging_topics'].includes(definition.measure)
}

/** Topics the account has researched most, else those a feature names, else those that anybody has been seen to research. */
function topicGroups(definitions: readonly PlainFeature[], snapshot: AccountSnapshot): readonly ActionGroup[] {
  const about = definitions.filter(isAboutIntent)
  if (about.length === 0) return []
  const recorded = recordedKinds(snapshot, 'intent_signal')
  const own = new Map<string, number>()
  for (const { topic, strengthE4 } of snapshot.intentSignals) own.set(topic, (own.get(topic) ?? 0) + strengthE4)
  const byStrength = [...own].toSorted(([one, weak], [other, strong]) => strong - weak || (one < other ? -1 : 1))
  const named = about.flatMap((definition) => definition.topics ?? [])
  const readsAll = about.some((definition) => !definition.topics)
  const topics = unique([
    ...byStrength.map(([topic]) => topic).filter((topic) => readsAll || named.includes(topic)),
    ...named.filter((topic) => recorded?.has(topic) ?? true),
    ...(readsAll && recorded ? [...recorded].toSorted() : []),
  ])
  const provider = (topic: string) => providerOf(topic, about, snapshot)
  return topics
    .slice(0, MOST_TOPICS)
    .map((topic) => STRENGTHS.map((strength) => ({ kind: 'topic_surges', topic, provider: provider(topic), strength })))
}

/** Who would report it: who has reported on this account, else who reports on the topic, else who is asked for. */
function providerOf(topic: string, about: readonly AboutIntent[], snapshot: AccountSnapshot): string {
  const own = snapshot.intentSignals.find((cell) => cell.topic === topic)?.provider
  if (own !== undefined) return own
  const feeds = [...snapshot.feedStarts.intent_signal.keys()].filter((key) => key.endsWith(`\n${topic}`)).toSorted()
  const reported = feeds[0]?.split('\n')[0]
  return reported ?? about.flatMap((definition) => definition.providers ?? [])[0] ?? 'provider'
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}
