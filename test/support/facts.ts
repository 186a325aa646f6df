import { type Kysely, sql } from 'kysely'
import type { Instant } from '../../src/core/base/time.ts'
import type { Database } from '../../src/store/database/tables/schema.ts'

/** Short-hand for an instant: `at('2024-10-01')`, `at('2024-10-01T12:00:00.000001')`. */
export function at(text: string): Instant {
  const [day, time = '00:00:00'] = text.split('T')
  const [whole, fraction = ''] = time.split('.')
  return `${day}T${whole}.${fraction.padEnd(6, '0')}Z` as Instant
}

let sequence = 0
/** A new source id for each row that needs none in particular. */
const nextId = () => `id-${(sequence += 1)}`

/** An account with one version of one source, both known at the same time. @returns its id */
export async function addAccount(
  db: Kysely<Database>,
  externalId: string,
  knownAt: Instant,
  attributes: object = { name: externalId },
): Promise<number> {
  const row = await db
    .insertInto('account')
    .values({ external_id: externalId, known_at: knownAt, backfilled: false })
    .returning('account.account_id')
    .executeTakeFirstOrThrow()
  await addVersion(db, row.account_id, { known_at: knownAt, attributes })
  return row.account_id
}

export async function addVersion(
  db: Kysely<Database>,
  accountId: number,
  version: { source?: string; known_at: Instant; attributes: object; backfilled?: boolean },
): Promise<void> {
  const { attributes, ...rest } = version
  await db
    .insertInto('account_version')
    .values({
      account_id: accountId,
      source: 'crm',
      backfilled: false,
      ...rest,
      attributes: JSON.stringify(attributes),
    })
    .execute()
}

interface PersonVersion {
  source?: string
  known_at: Instant
  account_id: number | null
  name?: string
  title?: string
  seniority?: string
  department?: string
  buying_role?: string
  /** As JSON text. */
  attributes?: string
}

/** A person with the versions given. @returns the contact's id */
export async function addContact(
  db: Kysely<Database>,
  externalId: string,
  versions: readonly PersonVersion[],
): Promise<number> {
  const first = versions.map((version) => version.known_at).toSorted()[0]
  if (!first) throw new RangeError('a contact needs a version')
  const { contact_id: contactId } = await db
    .insertInto('contact')
    .values({ external_id: externalId, known_at: first, backfilled: false })
    .returning('contact.contact_id')
    .executeTakeFirstOrThrow()
  for (const version of versions) {
    await db
      .insertInto('contact_version')
      .values({ contact_id: contactId, source: 'crm', backfilled: false, attributes: '{}', ...version })
      .execute()
  }
  return contactId
}

interface Happening {
  source?: string
  source_id?: string
  kind: string
  occurred_at: Instant
  /** Default: when it occurred. */
  known_at?: Instant
  /** Default: known all along. */
  linked_at?: Instant
}

const ALWAYS = at('1900-01-01')

export async function addActivity(
  db: Kysely<Database>,
  accountId: number,
  activity: Happening & { contact_id?: number; by?: 'buyer' | 'sales'; evidence?: boolean; ordinal?: number },
): Promise<void> {
  const { by = 'buyer', ...rest } = activity
  await db
    .insertInto('activity')
    .values({
      source: 'web',
      source_id: nextId(),
      known_at: activity.occurred_at,
      linked_at: ALWAYS,
      initiated_by: by,
      evidence: by === 'buyer',
      account_id: accountId,
      attributes: '{}',
      ...rest,
    })
    .execute()
}

export async function addBusinessEvent(db: Kysely<Database>, accountId: number, event: Happening): Promise<void> {
  await db
    .insertInto('business_event')
    .values({
      source: 'news',
      source_id: nextId(),
      known_at: event.occurred_at,
      linked_at: ALWAYS,
      account_id: accountId,
      attributes: '{}',
      ...event,
    })
    .execute()
}

export async function addCustomerEvent(
  db: Kysely<Database>,
  accountId: number,
  event: Happening & { kind: 'renewal' | 'expansion' | 'churn' },
): Promise<void> {
  await db
    .insertInto('customer_event')
    .values({
      source: 'billing',
      source_id: nextId(),
      known_at: event.occurred_at,
      linked_at: ALWAYS,
      account_id: accountId,
      account_external_id: 'any',
      ...event,
    })
    .execute()
}

export async function addIntentSignal(
  db: Kysely<Database>,
  accountId: number,
  signal: {
    provider?: string
    topic: string
    observed_at: Instant
    known_at?: Instant
    linked_at?: Instant
    strength: string
  },
): Promise<void> {
  const day = signal.observed_at.slice(0, 10) as never
  await db
    .insertInto('intent_signal')
    .values({
      provider: 'panel',
      subject: nextId(),
      period_start: day,
      period_end: day,
      known_at: signal.observed_at,
      linked_at: ALWAYS,
      account_id: accountId,
      ...signal,
    })
    .execute()
}

interface DealVersion {
  known_at: Instant
  opened_at: Instant
  closed_at?: Instant
  outcome?: 'won' | 'lost' | 'open'
  type?: 'new_business' | 'renewal' | 'expansion'
  lead_source?: 'inbound' | 'outbound' | 'partner'
}

export async function addOpportunity(
  db: Kysely<Database>,
  accountId: number,
  externalId: string,
  versions: readonly DealVersion[],
): Promise<void> {
  const { opportunity_id: opportunityId } = await db
    .insertInto('opportunity')
    .values({ external_id: externalId, account_id: accountId, account_external_id: 'any' })
    .returning('opportunity.opportunity_id')
    .executeTakeFirstOrThrow()
  for (const version of versions) {
    await db
      .insertInto('opportunity_version')
      .values({ opportunity_id: opportunityId, backfilled: false, outcome: 'open', attributes: '{}', ...version })
      .execute()
  }
}

/** Says that a source has been telling of a kind since an instant; known at that instant unless told otherwise. */
export async function addFeedStart(
  db: Kysely<Database>,
  fact: 'activity' | 'intent_signal' | 'business_event' | 'customer_event',
  start: { source: string; kind: string; occurred_at: Instant; known_at?: Instant },
): Promise<void> {
  await db
    .insertInto('feed_start')
    .values({ fact, known_at: start.occurred_at, ...start })
    .execute()
}

/** Empties the tables of facts between two tests. */
export async function removeFacts(db: Kysely<Database>): Promise<void> {
  await sql`truncate account, contact, feed_start restart identity cascade`.execute(db)
}
