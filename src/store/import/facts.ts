import type { PoolClient } from 'pg'
import type { StagedRow } from '../../core/import/complete.ts'
import type { BatchOutcome } from './batch.ts'
import { writeFeedStarts } from './feed-start.ts'
import { MATCH_COLUMNS, matched } from './match.ts'
import { copyRows, KEY, type Staging } from './staging.ts'

/** A table of things that happened: one row per key, corrected in place, linked to an account by the match rule. */
export interface FactTable {
  readonly table: 'activity' | 'intent_signal' | 'business_event' | 'customer_event'
  readonly staging: Staging
  readonly key: readonly string[]
  readonly happenedAt: 'occurred_at' | 'observed_at'
  /** The columns under which feed_start keeps the source and the kind. */
  readonly feed: { readonly source: string; readonly kind: string }
  readonly hasContact: boolean
}

const EVENT = { source: KEY, source_id: KEY, kind: KEY, occurred_at: 'timestamptz', known_at: 'timestamptz' }
const BY_KIND = { source: 'source', kind: 'kind' }

export const FACT_TABLES = {
  activities: {
    table: 'activity',
    staging: {
      table: 'staged_activity',
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
  },
  'intent-signals': {
    table: 'intent_signal',
    staging: {
      table: 'staged_intent_signal',
      columns: {
        provider: KEY,
        topic: KEY,
        subject: KEY,
        period_start: 'date',
        period_end: 'date',
        observed_at: 'timestamptz',
        known_at: 'timestamptz',
        strength: 'numeric(7, 4)',
        account_external_id: KEY,
        domain: KEY,
      },
    },
    key: ['provider', 'topic', 'subject', 'period_start', 'period_end'],
    happenedAt: 'observed_at',
    feed: { source: 'provider', kind: 'topic' },
    hasContact: false,
  },
  'business-events': {
    table: 'business_event',
    staging: {
      table: 'staged_business_event',
      columns: { ...EVENT, account_external_id: KEY, domain: KEY, attributes: 'jsonb' },
    },
    key: ['source', 'source_id'],
    happenedAt: 'occurred_at',
    feed: BY_KIND,
    hasContact: false,
  },
  'customer-events': {
    table: 'customer_event',
    staging: {
      table: 'staged_customer_event',
      columns: { ...EVENT, amount: 'numeric(18, 4)', currency: KEY, account_external_id: KEY },
    },
    key: ['source', 'source_id'],
    happenedAt: 'occurred_at',
    feed: BY_KIND,
    hasContact: false,
  },
} as const satisfies Record<string, FactTable>

interface Counts {
  readonly kept: number
  readonly inserted: number
  readonly updated: number
  readonly unmatched: number
}

export async function writeFacts(
  client: PoolClient,
  fact: FactTable,
  rows: readonly StagedRow[],
): Promise<BatchOutcome> {
  await copyRows(client, fact.staging, rows)
  const { rows: counted } = await client.query<Counts>(upsert(fact))
  await writeFeedStarts(client, fact)
  const { kept, inserted, updated, unmatched } = counted[0] ?? { kept: 0, inserted: 0, updated: 0, unmatched: 0 }
  return {
    inserted,
    updated,
    unchanged: kept - inserted - updated,
    duplicate: rows.length - kept,
    rejected: [],
    unmatched,
  }
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

/** Among equal keys the file's last line wins. xmax tells a row that was there (its old version is locked) from a new one. */
function upsert(fact: FactTable): string {
  const own = Object.keys(fact.staging.columns)
  const key = fact.key.join(', ')
  const content = own.filter((name) => !fact.key.includes(name) && name !== 'known_at')
  const missing = matchColumns(fact, 's')
    .split(', ')
    .filter((column) => column.startsWith('null::'))
  const written = [...own, ...linkColumns(fact)]
  const knownAt = fact.happenedAt === 'occurred_at' ? laterKnowledge() : 'excluded.known_at'
  const changes = [...content, ...linkColumns(fact)].map((name) => `${name} = excluded.${name}`)
  return `
    with latest as materialized (
      select distinct on (${key}) ${['s.*', `s.${fact.happenedAt} as happened_at`, ...missing].join(', ')}
      from ${fact.staging.table} s order by ${key}, row desc
    ), linked as materialized (${matched('latest')}
    ), written as (
      insert into ${fact.table} as t (${written.join(', ')})
      select ${written.join(', ')} from linked order by ${key}
      on conflict (${key}) do update set ${changes.join(', ')}, known_at = ${knownAt}
      where (${[...content, 'known_at'].map((name) => `t.${name}`).join(', ')})
        is distinct from (${content.map((name) => `excluded.${name}`).join(', ')}, ${knownAt})
      returning t.xmax = 0 as inserted
    )
    select (select count(*) from linked) as kept, (select count(*) from linked where account_id is null) as unmatched,
      count(*) filter (where inserted) as inserted, count(*) filter (where not inserted) as updated from written`
}

/** A row that states no knowledge date (it then equals the event's own time) never makes a fact known earlier than stated. */
function laterKnowledge(): string {
  return `case when excluded.known_at = excluded.occurred_at and t.known_at <> t.occurred_at
        then greatest(t.known_at, excluded.known_at) else excluded.known_at end`
}
