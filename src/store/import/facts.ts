import type { PoolClient } from 'pg'
import type { StagedRow } from '../../core/import/complete.ts'
import { problem } from '../../core/import/problems.ts'
import type { BatchContext, BatchOutcome } from './batch.ts'
import { DECISION_COLUMNS, factStatements } from './fact-statements.ts'
import { learnDomainNames } from './domain-names.ts'
import { writeFeedStarts } from './feed-start.ts'
import { lockFacts } from './lock-facts.ts'
import { MATCH_COLUMNS } from './match.ts'
import { copyRows, KEY, type Staging } from './staging.ts'

/** A table of things that happened: a row per key and knowledge date, linked to an account by the match rule. */
export interface FactTable {
  readonly table: 'activity' | 'intent_signal' | 'business_event' | 'customer_event'
  readonly staging: Staging
  readonly key: readonly string[]
  readonly happenedAt: 'occurred_at' | 'observed_at'
  /** The columns under which feed_start keeps the source and the kind. */
  readonly feed: { readonly source: string; readonly kind: string }
  readonly hasContact: boolean
  /** What names a row in a message, and the columns that no row can do without. */
  readonly name: string
  readonly needed: readonly string[]
}

const EVENT = {
  source: KEY,
  source_id: KEY,
  kind: KEY,
  occurred_at: 'timestamptz',
  known_at: 'timestamptz',
  assumed_known_at: 'timestamptz',
  deleted: 'boolean',
}
const NEEDED = { name: 'source_id', needed: ['kind', 'occurred_at'] }
const BY_KIND = { source: 'source', kind: 'kind' }

export const FACT_TABLES = {
  activities: {
    table: 'activity',
    staging: {
      table: 'staged_activity',
      extra: DECISION_COLUMNS,
      columns: {
        ...EVENT,
        ordinal: 'bigint',
        initiated_by: 'text',
        evidence: 'boolean',
        account_external_id: KEY,
        contact_external_id: KEY,
        email: KEY,
        domain: KEY,
        ip: 'inet',
        visitor_id: KEY,
        attributes: 'jsonb',
      },
    },
    key: ['source', 'source_id'],
    happenedAt: 'occurred_at',
    feed: BY_KIND,
    hasContact: true,
    ...NEEDED,
  },
  'intent-signals': {
    table: 'intent_signal',
    staging: {
      table: 'staged_intent_signal',
      extra: DECISION_COLUMNS,
      columns: {
        provider: KEY,
        topic: KEY,
        subject: KEY,
        period_start: 'date',
        period_end: 'date',
        observed_at: 'timestamptz',
        known_at: 'timestamptz',
        assumed_known_at: 'timestamptz',
        deleted: 'boolean',
        strength: 'numeric(7, 4)',
        account_external_id: KEY,
        domain: KEY,
      },
    },
    key: ['provider', 'topic', 'subject', 'period_start', 'period_end'],
    happenedAt: 'observed_at',
    feed: { source: 'provider', kind: 'topic' },
    hasContact: false,
    name: 'subject',
    needed: ['strength'],
  },
  'business-events': {
    table: 'business_event',
    staging: {
      table: 'staged_business_event',
      extra: DECISION_COLUMNS,
      columns: { ...EVENT, account_external_id: KEY, domain: KEY, attributes: 'jsonb' },
    },
    key: ['source', 'source_id'],
    happenedAt: 'occurred_at',
    feed: BY_KIND,
    hasContact: false,
    ...NEEDED,
  },
  'customer-events': {
    table: 'customer_event',
    staging: {
      table: 'staged_customer_event',
      extra: DECISION_COLUMNS,
      columns: { ...EVENT, amount: 'numeric(18, 4)', currency: KEY, account_external_id: KEY },
    },
    key: ['source', 'source_id'],
    happenedAt: 'occurred_at',
    feed: BY_KIND,
    hasContact: false,
    name: 'source_id',
    needed: ['kind', 'occurred_at', 'account_external_id'],
  },
} as const satisfies Record<string, FactTable>

interface Counts {
  readonly kept: number
  readonly unmatched: number
  readonly reverted: number
  readonly moved: number
}
interface Written {
  readonly inserted: number
  readonly updated: number
  readonly unmatched: number
}

export async function writeFacts(
  client: PoolClient,
  fact: FactTable,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  const statements = factStatements(fact)
  await copyRows(client, fact.staging, rows)
  // Two imports at once that knew nothing of each other would both write the first version of a fact.
  if (!context.dryRun) await lockFacts(client, fact)
  await learnDomainNames(client, rows)
  const rejected = rows.some((row) => row['deleted'] === 'true') ? await completeDeletions(client, fact) : []
  const { written, successions, restated } = await writeVersions(client, fact, rows, context)
  await writeFeedStarts(client, fact)
  const { rows: counted } = await client.query<Counts>(statements.count)
  const { kept, unmatched, reverted, moved } = counted[0] ?? { kept: 0, unmatched: 0, reverted: 0, moved: 0 }
  const sum = (part: keyof Written) => written.reduce((total, counts) => total + counts[part], 0)
  const updated = sum('updated') + restated + reverted + moved
  const versions = sum('inserted') - moved
  // The same told again with another date: kept, since a correction of the time between may still come.
  const repeated = Math.min(versions, successions.filter(({ same }) => same).length)
  return {
    inserted: versions - repeated,
    updated,
    unchanged: kept - versions - updated,
    duplicate: rows.length - kept - rejected.length + repeated,
    rejected,
    unmatched: unmatched + sum('unmatched'),
  }
}

interface WrittenVersions {
  readonly written: readonly Written[]
  /** For each version that another now follows: whether that says the same. */
  readonly successions: readonly { readonly same: boolean }[]
  readonly restated: number
}

async function writeVersions(
  client: PoolClient,
  fact: FactTable,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<WrittenVersions> {
  const statements = factStatements(fact)
  const repeats = new Set(rows.map((row) => fact.key.map((name) => row[name]).join('\0'))).size < rows.length
  if (repeats) await client.query(statements.dropDuplicates)
  const { rows: looked } = await client.query<{ stored: boolean }>(statements.isStored)
  const isNews = !repeats && looked[0]?.stored === false
  const written: Written[] = []
  const write = async (decided: boolean) => {
    const { rows: counts } = isNews
      ? await client.query<Written>(statements.writeNew)
      : await client.query<Written>(statements.write, [decided])
    written.push(...counts)
  }
  if (isNews) {
    if (rows.some((row) => row['known_at'] === null))
      await client.query(statements.decide, [context.startedAt, context.amend])
    await write(false)
    return { written, successions: [], restated: 0 }
  }
  let restated = 0
  if (rows.some((row) => row['known_at'] !== null)) {
    restated = (await client.query(statements.stateAssumed)).rowCount ?? 0
    await write(false)
  }
  if (rows.some((row) => row['known_at'] === null)) {
    await client.query(statements.decide, [context.startedAt, context.amend])
    await client.query(statements.dropReplaced)
    await write(true)
  }
  const { rows: successions } = await client.query<{ same: boolean }>(statements.supersede)
  return { written, successions, restated }
}

async function completeDeletions(client: PoolClient, fact: FactTable): Promise<BatchOutcome['rejected']> {
  const statements = factStatements(fact)
  await client.query(statements.fillDeleted)
  const { rows: lost } = await client.query<{ row: number; value: string }>(statements.takeUnknown)
  return lost.map(({ row, value }) => ({
    row,
    problem: problem(
      'unknown_fact',
      fact.name,
      value,
      `we have nothing of this id to delete; a row with ${fact.needed.join(', ')} would be kept until it comes`,
    ),
  }))
}

/** MATCH_COLUMNS as this table has them, null where it has none. */
export function matchColumns(fact: FactTable, alias: string): string {
  const own: Readonly<Record<string, string>> = fact.staging.columns
  return Object.entries(MATCH_COLUMNS)
    .map(([name, type]) => (name in own ? `${alias}.${name}` : `null::${type} as ${name}`))
    .join(', ')
}

export function linkColumns(fact: FactTable): readonly string[] {
  return fact.hasContact ? ['contact_id', 'account_id', 'linked_at'] : ['account_id', 'linked_at']
}
