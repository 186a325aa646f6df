import { createHash } from 'node:crypto'
import type { Pool } from 'pg'

const ACCOUNT = '(select a.external_id from account a where a.account_id = t.account_id)'
const CONTACT = '(select c.external_id from contact c where c.contact_id = t.contact_id)'
const OPPORTUNITY = '(select o.external_id from opportunity o where o.opportunity_id = t.opportunity_id)'

/** Numbers that a database gives out, and when it did, say nothing about the facts. */
const LEFT_OUT = ['recorded_at', 'activity_id', 'intent_signal_id', 'business_event_id', 'customer_event_id']
const NAMED: Readonly<Record<string, string>> = {
  account_id: ACCOUNT,
  contact_id: CONTACT,
  opportunity_id: OPPORTUNITY,
}

const TABLES = [
  'account',
  'account_version',
  'account_link',
  'contact',
  'contact_version',
  'activity',
  'intent_signal',
  'business_event',
  'customer_event',
  'opportunity',
  'opportunity_version',
  'opportunity_contact',
  'stage_history',
  'spend',
  'exchange_rate',
  'feed_start',
  'import_attempt',
]

/**
 * One hash for each table of facts, by what its rows say. Accounts, contacts and opportunities go by their external ids.
 * @param since an instant from this one on is "since the test began": the start of some import
 */
export async function checksums(pool: Pool, since: string): Promise<Readonly<Record<string, string>>> {
  const sums: Record<string, string> = {}
  for (const table of TABLES) {
    const { rows: columns } = await pool.query<{ name: string; type: string }>(
      `select column_name as name, data_type as type from information_schema.columns
       where table_schema = 'public' and table_name = $1 order by column_name`,
      [table],
    )
    const kept = columns.filter(({ name }) => !LEFT_OUT.includes(name))
    const values = kept.map(({ name, type }) => {
      if (name === `${table}_id`) return `'key'`
      if (name in NAMED) return `coalesce(${NAMED[name]}, '-')`
      const text = `coalesce(t.${name}::text, '-')`
      return type.startsWith('timestamp') ? `case when t.${name} >= '${since}' then 'since' else ${text} end` : text
    })
    const { rows } = await pool.query<{ line: string }>(
      `select concat_ws('|', ${values.join(', ')}) collate "C" as line from ${table} t order by 1`,
    )
    const hash = createHash('sha256')
    for (const { line } of rows) hash.update(`${line}\n`)
    sums[table] = `${rows.length} rows ${hash.digest('hex').slice(0, 16)}`
  }
  return sums
}
