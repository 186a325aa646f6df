import type { Random } from '../../core/base/random.ts'
import type { Contact, Profile } from './company.ts'
import { asciiSlug } from './company-names.ts'
import { DAY, type Moment } from '../process/moment.ts'
import { CONTACTS, PEOPLE, POSITIONS, type Position, ROLE_WEIGHTS } from './people-tables.ts'
import type { Country } from './profile-tables.ts'
import { between, chance, clamp, weighted } from '../process/sampling.ts'

/** The buying group of a company: larger companies have more people in it. */
export function drawContacts(
  random: Random,
  profile: Profile,
  about: { readonly employees: number | null; readonly knownAt: Moment; readonly inCrm: boolean; readonly end: Moment },
): readonly Contact[] {
  const mean = 2.5 + 0.4 * Math.log1p(about.employees ?? 200)
  const size = clamp(Math.round(mean + 1.2 * random.normal()), CONTACTS.least, CONTACTS.most)
  const taken = new Set<string>()
  return Array.from({ length: size }, (_, number) => {
    const role = weighted(random, ROLE_WEIGHTS)
    const position = random.pick(POSITIONS.filter((candidate) => candidate.role === role))
    const people = PEOPLE[profile.country as Country]
    const [given, family] = [random.pick(people.given), random.pick(people.family)]
    const source = random.next()
    const listed = about.inCrm && source < CONTACTS.fromList
    return {
      externalId: `${profile.externalId}-C${number + 1}`,
      name: `${given} ${family}`,
      title: drawTitle(random, position, profile.country),
      seniority: position.seniority,
      department: position.department,
      role,
      email: drawEmail(random, profile, given, family, taken),
      visitorId: `v-${profile.index.toString(36)}-${number + 1}-${random.integer(1 << 30).toString(36)}`,
      byThemselves: source < 1 - CONTACTS.neverByThemselves,
      knownAt: listed ? drawListedAt(random, about.knownAt, about.end) : Infinity,
    }
  })
}

/** Named on a list that came with the account or some time after it. */
function drawListedAt(random: Random, accountKnownAt: Moment, end: Moment): Moment {
  const backfilled = chance(random, CONTACTS.listBackfilled)
  if (accountKnownAt === -Infinity) return backfilled ? -Infinity : Math.floor(between(random, end - 1500 * DAY, end))
  return Math.floor(accountKnownAt + (chance(random, 0.5) ? 0 : between(random, 0, 400) * DAY))
}

function drawTitle(random: Random, position: Position, country: string): string {
  const local = country === 'DE' ? position.german : country === 'FR' ? position.french : undefined
  return random.pick(local && chance(random, 0.5) ? local : position.titles)
}

function drawEmail(random: Random, profile: Profile, given: string, family: string, taken: Set<string>): string | null {
  const kind = random.next()
  if (kind < CONTACTS.withoutEmail) return null
  const free = kind < CONTACTS.withoutEmail + CONTACTS.freeMail
  const base = `${asciiSlug(given)}.${asciiSlug(family)}`
  // A free mailbox carries the account's number: one address never belongs to two people.
  let local = free ? `${base}.${profile.index}` : base
  for (let count = 2; taken.has(local); count += 1) local = `${free ? `${base}.${profile.index}` : base}${count}`
  taken.add(local)
  return `${local}@${free ? random.pick(CONTACTS.freeMailDomains) : profile.domain}`
}
