import { z } from 'zod'
import { Estimate } from '../../statistics/clustered-proportion.ts'
import type { AccountSnapshot } from '../../features/snapshot.ts'
import { BUYING_ROLES } from '../../facts/import/kinds.ts'
import { CERTAINTIES } from '../certainty.ts'
import { type PersonScore, scorePeople } from './contact-model.ts'
import type { PeopleModel } from './people-model.ts'
import { engagedDays, type PeopleSpecification } from './people-specification.ts'
import { spoken } from './person-features.ts'
import type { RoleImportance } from './role-importance.ts'
import { percent } from '../../base/percent.ts'
import { counted } from '../../base/counted.ts'

/** Why somebody may not be contacted; null when they may. */
const REFUSALS = ['do_not_contact', 'account_do_not_contact', 'no_consent'] as const
export type Refusal = (typeof REFUSALS)[number]

const Role = z.strictObject({
  role: z.enum(BUYING_ROLES),
  /** `engaged`: somebody of the role was active lately; `silent`: known, and nobody was; `missing`: nobody is known. */
  state: z.enum(['engaged', 'silent', 'missing']),
  /** Whether won and lost deals show that the role matters; `unknown` without enough of them. */
  matters: z.enum(['proven', 'not_proven', 'unknown']),
  known: z.number().int(),
  engaged: z.number().int(),
  /** Share of deals won with somebody of the role engaged, and without. */
  won_when_engaged: Estimate.nullable(),
  won_otherwise: Estimate.nullable(),
  deals_with_role_engaged: z.number().int().nullable(),
})

const Person = z.strictObject({
  contact_external_id: z.string(),
  name: z.string().nullable(),
  title: z.string().nullable(),
  seniority: z.string().nullable(),
  department: z.string().nullable(),
  buying_role: z.string().nullable(),
  contact_fit: z.number().min(0).max(100).nullable(),
  contact_engagement: z.number().min(0).max(100).nullable(),
  activities: z.number().int().nullable(),
  days_since_activity: z.number().int().nullable(),
  may_be_contacted: z.boolean(),
  not_contacted_because: z.enum(REFUSALS).nullable(),
  reasons: z.array(
    z.strictObject({
      direction: z.enum(['up', 'down']),
      of: z.enum(['fit', 'engagement']),
      certainty: z.enum(CERTAINTIES),
      sentence: z.string(),
    }),
  ),
})

export const BuyingGroup = z.strictObject({
  account_external_id: z.string(),
  as_of: z.string(),
  model_version: z.string(),
  /** How many days back somebody counts as engaged. */
  engaged_within_days: z.number().int(),
  /** The most important first. */
  roles: z.array(Role),
  /** Share of the roles that matter which are known, and engaged; of all five where none is proven to. */
  coverage: z.strictObject({
    of: z.enum(['proven_roles', 'all_roles']),
    roles: z.number().int(),
    known: z.number().min(0).max(1),
    engaged: z.number().min(0).max(1),
  }),
  people: z.array(Person),
  /** Whom to contact, first come first; nobody who must not be contacted. */
  people_to_reach: z.array(
    z.strictObject({
      contact_external_id: z.string(),
      name: z.string().nullable(),
      title: z.string().nullable(),
      buying_role: z.string().nullable(),
      why: z.string(),
    }),
  ),
  /** Roles that matter and have nobody: find somebody. */
  roles_to_acquire: z.array(z.strictObject({ role: z.enum(BUYING_ROLES), why: z.string() })),
  /** People of whom no title, seniority, department or role says who they are. */
  people_unread: z.number().int(),
})
export type BuyingGroup = z.infer<typeof BuyingGroup>
type Role = z.infer<typeof Role>
type Person = z.infer<typeof Person>

export interface BuyingGroupInput {
  readonly version: string
  readonly model: PeopleModel | null
  readonly specification: PeopleSpecification
  readonly snapshot: AccountSnapshot
  /** By external id of the contact; who is not in it may be contacted. */
  readonly refusals: ReadonlyMap<string, Refusal>
}

/** The buying group of an account: the roles that matter, who is known and engaged, whom to contact and which roles to find. */
export function buyingGroup({ version, model, specification, snapshot, refusals }: BuyingGroupInput): BuyingGroup {
  const scores = scorePeople(model?.contact ?? null, snapshot, specification)
  const days = engagedDays(specification)
  const importance = model?.roles ?? []
  const roles = rolesInOrder(importance).map((role) => roleOf(role, importance, scores))
  const proven = roles.filter(({ matters }) => matters === 'proven')
  const counted = proven.length > 0 ? proven : roles
  const share = (holds: (role: Role) => boolean) => counted.filter(holds).length / counted.length
  return {
    account_external_id: snapshot.externalId,
    as_of: snapshot.asOf,
    model_version: version,
    engaged_within_days: days,
    roles,
    coverage: {
      of: proven.length > 0 ? 'proven_roles' : 'all_roles',
      roles: counted.length,
      known: share(({ state }) => state !== 'missing'),
      engaged: share(({ state }) => state === 'engaged'),
    },
    people: scores.map((score) => personOf(score, refusals)),
    people_to_reach: peopleToReach(scores, roles, importance, { refusals, days }),
    roles_to_acquire: proven
      .filter(({ state }) => state === 'missing')
      .map((role) => ({ role: role.role, why: `No ${holderOf(role.role)} is known. ${dealWords(role)}`.trim() })),
    people_unread: scores.filter(({ contact }) => !contact.seniority && !contact.department && !contact.buyingRole)
      .length,
  }
}

function rolesInOrder(importance: readonly RoleImportance[]): readonly Role['role'][] {
  return importance.length > 0 ? importance.map(({ role }) => role) : BUYING_ROLES
}

function roleOf(role: Role['role'], importance: readonly RoleImportance[], scores: readonly PersonScore[]): Role {
  const people = scores.filter(({ contact }) => contact.buyingRole === role)
  const engaged = people.filter(({ activities }) => (activities ?? 0) > 0)
  const learned = importance.find((one) => one.role === role)
  return {
    role,
    state: engaged.length > 0 ? 'engaged' : people.length > 0 ? 'silent' : 'missing',
    matters: learned?.effect ? learned.matters : 'unknown',
    known: people.length,
    engaged: engaged.length,
    won_when_engaged: learned?.engaged.share ?? null,
    won_otherwise: learned?.not_engaged.share ?? null,
    deals_with_role_engaged: learned?.engaged.count ?? null,
  }
}

function personOf({ contact, fit, engagement, ...score }: PersonScore, refusals: BuyingGroupInput['refusals']): Person {
  const refusal = refusals.get(contact.externalId) ?? null
  return {
    contact_external_id: contact.externalId,
    name: contact.name,
    title: contact.title,
    seniority: contact.seniority,
    department: contact.department,
    buying_role: contact.buyingRole,
    contact_fit: fit,
    contact_engagement: engagement,
    activities: score.activities,
    days_since_activity: score.daysSinceActivity,
    may_be_contacted: refusal === null,
    not_contacted_because: refusal,
    reasons: [...score.reasons],
  }
}

/**
 * Ranked by the model's log-odds of the person, plus the effect of their role on winning where nobody of the role is engaged
 * yet: so a silent decision maker ranks above the fourth active user.
 */
function peopleToReach(
  scores: readonly PersonScore[],
  roles: readonly Role[],
  importance: readonly RoleImportance[],
  { refusals, days }: { readonly refusals: BuyingGroupInput['refusals']; readonly days: number },
): BuyingGroup['people_to_reach'] {
  return scores
    .filter(({ contact }) => !refusals.has(contact.externalId))
    .map((score) => {
      const role = roles.find((one) => one.role === score.contact.buyingRole)
      const learned = importance.find((one) => one.role === score.contact.buyingRole)
      const gain = role?.state === 'silent' && role.matters === 'proven' ? (learned?.engaged_effect?.value ?? 0) : 0
      return { score, role, rank: score.part + Math.max(0, gain) }
    })
    .toSorted((one, other) => other.rank - one.rank || byExternalId(one.score, other.score))
    .map(({ score, role }) => ({
      contact_external_id: score.contact.externalId,
      name: score.contact.name,
      title: score.contact.title,
      buying_role: score.contact.buyingRole,
      why: why(score, role, days),
    }))
}

function byExternalId(one: PersonScore, other: PersonScore): number {
  return one.contact.externalId < other.contact.externalId ? -1 : 1
}

function why(score: PersonScore, role: Role | undefined, days: number): string {
  const who = role ? capitalised(spoken(role.role)) : 'Role unknown'
  const did =
    score.activities === null
      ? 'nothing is known of what they did'
      : score.activities === 0
        ? `silent for ${counted(days, 'day')} or longer`
        : `${counted(score.activities, 'activity', 'activities')} in the last ${days} days, the latest ${score.daysSinceActivity === 0 ? 'today' : `${counted(score.daysSinceActivity ?? 0, 'day')} ago`}`
  const alone = role?.state === 'silent' ? ', and nobody else of that role is active' : ''
  return `${who}, ${did}${alone}. ${role?.matters === 'proven' ? dealWords(role) : ''}`.trim()
}

function dealWords({ role, matters, won_when_engaged: engaged, won_otherwise: otherwise, ...counts }: Role): string {
  const [share, otherShare] = [engaged?.value ?? null, otherwise?.value ?? null]
  if (matters === 'unknown' || share === null || otherShare === null) return ''
  const count = counts.deals_with_role_engaged ?? 0
  return `Of ${counted(count, 'deal')} with an engaged ${holderOf(role)} ${percent(share)} were won, of the others ${percent(otherShare)}.`
}

/** A role as the person who has it. */
export function holderOf(role: Role['role']): string {
  return role === 'procurement' ? 'procurement contact' : spoken(role)
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
