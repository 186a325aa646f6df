import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { FeedType } from '../../core/qualification/event-types.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'

/** Each endpoint has its own queue. The limit is above the number of systems that a company connects. */
export const MOST_ENDPOINTS = 50
const SECRET_BYTES = 32

export interface WebhookEndpoint {
  readonly endpointId: string
  readonly url: string
  readonly description: string | null
  /** Null: every type. */
  readonly eventTypes: readonly FeedType[] | null
  readonly disabledBecause: 'by_hand' | 'gone' | 'failing' | null
  readonly disabledAt: Instant | null
  readonly failingSince: Instant | null
  readonly pausedUntil: Instant | null
  /** Until then the previous secret signs too. */
  readonly previousSecretUntil: Instant | null
  readonly createdAt: Instant
}

export interface EndpointSettings {
  readonly url: string
  readonly description: string | null
  readonly eventTypes: readonly FeedType[] | null
}

export interface NewEndpoint {
  readonly endpoint: WebhookEndpoint
  /** Returned only once. */
  readonly secret: Buffer
}

/** The endpoint gets the events after its creation. @returns undefined when the limit of endpoints is reached */
export async function createEndpoint(
  transaction: Kysely<Database>,
  settings: EndpointSettings,
): Promise<NewEndpoint | undefined> {
  await sql`select pg_advisory_xact_lock(hashtext('winrate.webhook-endpoints'))`.execute(transaction)
  const { count } = await transaction
    .selectFrom('webhook_endpoint')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  if (count >= MOST_ENDPOINTS) return undefined
  const secret = randomBytes(SECRET_BYTES)
  const row = await transaction
    .insertInto('webhook_endpoint')
    .values({
      webhook_endpoint_id: `whe_${randomBytes(10).toString('hex')}`,
      ...columnsOf(settings),
      secret,
      made_up_to: sql<number>`(select last_sequence from event_feed)`,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow()
  return { endpoint: toEndpoint(row), secret }
}

/** The oldest first. */
export async function listEndpoints(
  db: Kysely<Database>,
  page: { readonly limit: number; readonly after?: EndpointPosition | undefined },
): Promise<readonly WebhookEndpoint[]> {
  const { after } = page
  const rows = await db
    .selectFrom('webhook_endpoint')
    .select(COLUMNS)
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(created_at, webhook_endpoint_id) > (${after?.createdAt}::timestamptz, ${after?.endpointId})`,
      ),
    )
    .orderBy('created_at')
    .orderBy('webhook_endpoint_id')
    .limit(page.limit)
    .execute()
  return rows.map(toEndpoint)
}

export interface EndpointPosition {
  readonly createdAt: string
  readonly endpointId: string
}

export async function findEndpoint(db: Kysely<Database>, endpointId: string): Promise<WebhookEndpoint | undefined> {
  const row = await db
    .selectFrom('webhook_endpoint')
    .select(COLUMNS)
    .where('webhook_endpoint_id', '=', endpointId)
    .executeTakeFirst()
  return row && toEndpoint(row)
}

type EndpointChanges = { readonly [Key in keyof EndpointSettings]?: EndpointSettings[Key] | undefined }

/** Omitted fields keep their values. @returns undefined when there is no such endpoint */
export async function updateEndpoint(
  db: Kysely<Database>,
  endpointId: string,
  changes: EndpointChanges,
): Promise<WebhookEndpoint | undefined> {
  if (Object.values(changes).every((value) => value === undefined)) return await findEndpoint(db, endpointId)
  const row = await db
    .updateTable('webhook_endpoint')
    .set(columnsOf(changes))
    .where('webhook_endpoint_id', '=', endpointId)
    .returning(COLUMNS)
    .executeTakeFirst()
  return row && toEndpoint(row)
}

/** With all of its deliveries. */
export async function deleteEndpoint(db: Kysely<Database>, endpointId: string): Promise<WebhookEndpoint | undefined> {
  const row = await db
    .deleteFrom('webhook_endpoint')
    .where('webhook_endpoint_id', '=', endpointId)
    .returning(COLUMNS)
    .executeTakeFirst()
  return row && toEndpoint(row)
}

/** Creates a new secret; the previous one signs too for another `overlapSeconds`. */
export async function rotateEndpointSecret(
  db: Kysely<Database>,
  endpointId: string,
  overlapSeconds: number,
): Promise<NewEndpoint | undefined> {
  const secret = randomBytes(SECRET_BYTES)
  const row = await db
    .updateTable('webhook_endpoint')
    .set((eb) => ({
      secret,
      previous_secret: eb.ref('secret'),
      previous_secret_until: sql<Instant>`now() + make_interval(secs => ${overlapSeconds})`,
    }))
    .where('webhook_endpoint_id', '=', endpointId)
    .returning(COLUMNS)
    .executeTakeFirst()
  return row && { endpoint: toEndpoint(row), secret }
}

/** Waiting deliveries are kept until the endpoint is enabled. An endpoint that is already disabled does not change. */
export async function disableEndpoint(
  db: Kysely<Database>,
  endpointId: string,
  because: NonNullable<WebhookEndpoint['disabledBecause']>,
): Promise<WebhookEndpoint | undefined> {
  await db
    .updateTable('webhook_endpoint')
    .set({ disabled_because: because, disabled_at: sql<Instant>`now()` })
    .where('webhook_endpoint_id', '=', endpointId)
    .where('disabled_because', 'is', null)
    .execute()
  return await findEndpoint(db, endpointId)
}

/**
 * Resumes deliveries: those that wait at once, and those of the events since, unless they are skipped.
 * For an enabled endpoint it only ends a pause.
 */
export async function enableEndpoint(
  db: Kysely<Database>,
  endpointId: string,
  { skipMissed }: { readonly skipMissed: boolean },
): Promise<WebhookEndpoint | undefined> {
  const wasDisabled = await db
    .updateTable('webhook_endpoint')
    .set({
      disabled_because: null,
      disabled_at: null,
      failing_since: null,
      paused_until: null,
      ...(skipMissed ? { made_up_to: sql<number>`(select last_sequence from event_feed)` } : {}),
    })
    .where('webhook_endpoint_id', '=', endpointId)
    .where('disabled_because', 'is not', null)
    .returning('webhook_endpoint_id')
    .executeTakeFirst()
  if (!wasDisabled) return await updateEndpointPause(db, endpointId)
  const waiting = db.updateTable('delivery').set({ next_attempt_at: sql<Instant>`now()`, attempts: 0 })
  await waiting.where('webhook_endpoint_id', '=', endpointId).where('state', '=', 'waiting').execute()
  return await findEndpoint(db, endpointId)
}

async function updateEndpointPause(db: Kysely<Database>, endpointId: string): Promise<WebhookEndpoint | undefined> {
  const row = await db
    .updateTable('webhook_endpoint')
    .set({ paused_until: null })
    .where('webhook_endpoint_id', '=', endpointId)
    .returning(COLUMNS)
    .executeTakeFirst()
  return row && toEndpoint(row)
}

const COLUMNS = [
  'webhook_endpoint_id',
  'url',
  'description',
  'event_types',
  'disabled_because',
  'disabled_at',
  'failing_since',
  'paused_until',
  'previous_secret_until',
  'created_at',
] as const

interface EndpointRow {
  readonly webhook_endpoint_id: string
  readonly url: string
  readonly description: string | null
  readonly event_types: string[] | null
  readonly disabled_because: WebhookEndpoint['disabledBecause']
  readonly disabled_at: Instant | null
  readonly failing_since: Instant | null
  readonly paused_until: Instant | null
  readonly previous_secret_until: Instant | null
  readonly created_at: Instant
}

function toEndpoint(row: EndpointRow): WebhookEndpoint {
  return {
    endpointId: row.webhook_endpoint_id,
    url: row.url,
    description: row.description,
    eventTypes: row.event_types as readonly FeedType[] | null,
    disabledBecause: row.disabled_because,
    disabledAt: row.disabled_at,
    failingSince: row.failing_since,
    pausedUntil: row.paused_until,
    previousSecretUntil: row.previous_secret_until,
    createdAt: row.created_at,
  }
}

/** Leaves out the columns whose value is undefined. */
function columnsOf<Settings extends EndpointChanges>({ eventTypes, ...rest }: Settings) {
  return { ...rest, event_types: eventTypes && [...eventTypes] }
}
