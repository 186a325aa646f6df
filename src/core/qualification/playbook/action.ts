import { z } from 'zod'
import { holderOf } from '../../scoring/people/buying-group.ts'
import { BUYING_ROLES } from '../../facts/import/kinds.ts'
import { newestWithin, rolesIn, type Standing, surging } from './conditions.ts'
import { CHANNELS, type Playbook, type Rule } from './playbook.ts'
import type { BuyingRole, Group, PersonToReach, Situation } from './situation.ts'
import { capitalised, listed, spoken } from './words.ts'

/** What to do, as it is stored, sent and shown. */
export const Action = z.strictObject({
  /** The rule of the playbook that says so. */
  rule: z.string(),
  /** Its place in the playbook: what stands first is done first. */
  priority: z.number().int().min(1),
  channel: z.enum(CHANNELS),
  /** What to do, in one sentence. */
  do: z.string(),
  /** Whom to contact; null when the action is for the account. */
  person: z
    .strictObject({
      contact_external_id: z.string(),
      name: z.string().nullable(),
      title: z.string().nullable(),
      role: z.string().nullable(),
      why: z.string(),
    })
    .nullable(),
  /** The role it is about: the person's, or the missing one. */
  role: z.enum(BUYING_ROLES).nullable(),
  /** What is researched there; null when nothing is. */
  topic: z.string().nullable(),
  /** What the message is about. */
  message: z.string(),
  touches: z.number().int().nullable(),
  /** Why, in the words of a salesperson. */
  reason: z.string(),
})
export type Action = z.infer<typeof Action>

interface About {
  readonly standing: Standing
  readonly situation: Situation
  readonly group: Group
}

/** The action of a rule whose conditions hold; undefined when it is for somebody and there is nobody who may be contacted. */
export function actionOf(
  rule: Rule,
  playbook: Playbook,
  { standing, situation, group }: About,
  because: readonly string[],
): Action | undefined {
  const person = personFor(rule, group)
  if (person === undefined) return undefined
  const role = roleOf(rule, group, person)
  const surges = surging(rule.when, situation)
  const topic = surges ?? situation.topics[0]?.topic ?? null
  // Where it is not what the rule asks for, it still is why the message is about that.
  const also = surges !== undefined && !rule.when.surging_topic ? [`research on ${spoken(surges)} is surging`] : []
  const event = rule.when.business_event && newestWithin(situation.businessEvents, rule.when.business_event)
  const fill = (text: string) =>
    filled(text, {
      account: standing.accountName,
      person: person ? nameOf(person) : '',
      role: role === null ? 'contact' : holderOf(role),
      topic: topic === null ? playbook.topic_otherwise : spoken(topic),
      event: event ? spoken(event.kind) : '',
      touches: String(rule.touches ?? ''),
    })
  return {
    rule: rule.name,
    priority: playbook.rules.indexOf(rule) + 1,
    channel: rule.channel,
    do: fill(rule.do),
    person: person && {
      contact_external_id: person.contact_external_id,
      name: person.name,
      title: person.title,
      role: person.buying_role,
      why: person.why,
    },
    role,
    topic,
    message: fill((role !== null && rule.message_by_role?.[role]) || rule.message),
    touches: rule.touches ?? null,
    reason: `${capitalised(listed([...because, ...also], 'and'))}.`,
  }
}

/** Null: the action is for no one person; undefined: there is nobody. */
function personFor({ audience, when }: Rule, group: Group): PersonToReach | null | undefined {
  if (audience === 'person_to_call') return group.people_to_reach[0]
  if (audience !== 'silent_role') return null
  const silent: readonly string[] = rolesIn(group, 'silent', when.silent_role ?? [])
  return group.people_to_reach.find(({ buying_role: role }) => role !== null && silent.includes(role))
}

function roleOf({ audience, when }: Rule, group: Group, person: PersonToReach | null): BuyingRole | null {
  if (audience === 'missing_role') return rolesIn(group, 'missing', when.missing_role ?? [])[0] ?? null
  return BUYING_ROLES.find((role) => role === person?.buying_role) ?? null
}

/** "Ada Lee (CFO)"; who has no name goes by title or id. */
export function nameOf({ name, title, contact_external_id: id }: Omit<PersonToReach, 'why' | 'buying_role'>): string {
  if (name === null) return title === null ? `contact ${id}` : `the ${title}`
  return title === null ? name : `${name} (${title})`
}

/** Each placeholder once, in one pass: what stands for one is not looked into for others. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => values[name] ?? '')
}
