import { z } from 'zod'
import { holderOf } from '../../scoring/people/buying-group.ts'
import { BUYING_ROLES } from '../../facts/import/kinds.ts'
import { newestWithin, rolesIn, type AccountStatus, surging } from './conditions.ts'
import { CHANNELS, type Playbook, type Rule } from './playbook.ts'
import type { BuyingRole, Group, PersonToReach, Situation } from './situation.ts'
import { listed } from '../../base/listed.ts'
import { capitalised, spoken } from './words.ts'

/** An action as it is stored, published and shown. */
export const Action = z.strictObject({
  /** The rule of the playbook. */
  rule: z.string(),
  /** The position of the rule in the playbook; 1 is the first. */
  priority: z.number().int().min(1),
  channel: z.enum(CHANNELS),
  /** The instruction, in one sentence. */
  do: z.string(),
  /** The person to contact; null if the action is for the account. */
  person: z
    .strictObject({
      contact_external_id: z.string(),
      name: z.string().nullable(),
      title: z.string().nullable(),
      role: z.string().nullable(),
      why: z.string(),
    })
    .nullable(),
  /** The role of the person, or the missing role. */
  role: z.enum(BUYING_ROLES).nullable(),
  /** The topic that the account researches; null if there is none. */
  topic: z.string().nullable(),
  /** The subject of the message. */
  message: z.string(),
  touches: z.number().int().nullable(),
  /** The reason, in the words of a salesperson. */
  reason: z.string(),
})
export type Action = z.infer<typeof Action>

interface About {
  readonly standing: AccountStatus
  readonly situation: Situation
  readonly group: Group
}

/** The action of a rule whose conditions hold; undefined if it needs a person and no person may be contacted. */
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
  // The reason of the topic, if the rule itself does not ask for it.
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

/** Null: the action needs no person; undefined: no person may be contacted. */
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

/** "Ada Lee (CFO)"; without a name, the title or id. */
export function nameOf({ name, title, contact_external_id: id }: Omit<PersonToReach, 'why' | 'buying_role'>): string {
  if (name === null) return title === null ? `contact ${id}` : `the ${title}`
  return title === null ? name : `${name} (${title})`
}

/** Replaces placeholders in one pass: values are not searched for placeholders. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => values[name] ?? '')
}
