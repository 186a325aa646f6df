import { MATCH_COLUMNS } from '../match/match.ts'
import { KEY, type Staging } from './staging.ts'

/** Staged beside the columns of the file. */
export const DECISION_COLUMNS = {
  decided: 'boolean not null default false',
  known_at_assumed: 'boolean not null default false',
  replaces: 'timestamptz',
  account_known: 'boolean',
} as const

/** A table of things that happened: a row per key and knowledge date, linked to an account by the match rule. */
export interface FactTable {
  readonly table: 'activity' | 'intent_signal' | 'business_event' | 'customer_event'
  readonly staging: Staging
  readonly key: readonly string[]
  readonly happenedAt: 'occurred_at' | 'observed_at'
  /** The columns under which feed_start keeps the source and the kind. */
  readonly feed: { readonly source: string; readonly kind: string }
  readonly hasContact: boolean
  /** The columns that no row can do without. */
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
const NEEDED = { needed: ['kind', 'occurred_at'] }
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
    needed: ['kind', 'occurred_at', 'account_external_id'],
  },
} as const satisfies Record<string, FactTable>

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
