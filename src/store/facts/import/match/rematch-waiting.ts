import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import type { ImportKind } from '../../../../core/facts/import/kinds.ts'
import { domainNames } from '../../../../core/facts/identity/domain-names.ts'
import { FACT_TABLES, type FactTable, matchColumns } from '../write/fact-tables.ts'
import { lockFacts } from '../write/lock-facts.ts'
import { queueAccounts } from '../write/note-accounts.ts'
import { relinked } from './rematch.ts'
import { resolveTiesOf } from './visitor-ties.ts'

/** Keys of new accounts and contacts that waiting facts may name. */
interface Arrived {
  readonly accounts: readonly string[]
  readonly contacts: readonly string[]
  readonly emails: readonly string[]
  /** As in the facts: also the subdomains of claimed domains. */
  readonly domains: readonly string[]
  readonly visitors: readonly string[]
}

/** Keeps a request short; `rematch` finds the rest. */
const MOST_FACTS = 5_000

/**
 * Links waiting facts to an account that has just arrived, in the caller's transaction and by a few index lookups.
 * Facts that have an account already, and may belong to another now, are left to `rematch`.
 */
export async function rematchWaiting(client: PoolClient, kind: ImportKind, rows: readonly StagedRow[]): Promise<void> {
  if (kind !== 'accounts' && kind !== 'contacts') return
  await rematchArrived(client, kind === 'accounts' ? await arrivedAccounts(client, rows) : arrivedContacts(rows))
}

/** The same for the visitors that activities have just tied to an account. */
export async function rematchTied(client: PoolClient, rows: readonly StagedRow[]): Promise<void> {
  const visitors = await resolveTiesOf(client, rows)
  await rematchArrived(client, { accounts: [], contacts: [], emails: [], domains: [], visitors })
}

async function rematchArrived(client: PoolClient, arrived: Arrived): Promise<void> {
  for (const fact of Object.values(FACT_TABLES)) {
    const { text, values } = statementFor(fact, arrived)
    if (values.length === 0) continue
    // A concurrent writer of facts has either read the new rows, or this waits for its lock.
    await lockFacts(client, fact)
    await client.query(text, values)
  }
}

interface NamedContact {
  readonly external_id: string
  readonly email: string | null
}

async function arrivedAccounts(client: PoolClient, rows: readonly StagedRow[]): Promise<Arrived> {
  const accounts = valuesOf(rows, 'external_id')
  const { rows: contacts } = await client.query<NamedContact>(CONTACTS_OF, [accounts])
  await client.query(OPPORTUNITIES_OF, [accounts])
  const claimed = rows.flatMap((row) => (row['domain'] ? (JSON.parse(row['domain']) as readonly string[]) : []))
  const names = [...new Set(claimed)].filter((domain) => domainNames(domain).length > 0)
  const { rows: below } = await client.query<{ domain: string }>(DOMAINS_BELOW, [names])
  return {
    accounts,
    contacts: contacts.map((contact) => contact.external_id),
    emails: contacts.flatMap(({ email }) => email ?? []),
    domains: [...new Set([...names, ...below.map(({ domain }) => domain)])],
    visitors: [],
  }
}

function arrivedContacts(rows: readonly StagedRow[]): Arrived {
  return {
    accounts: [],
    contacts: valuesOf(rows, 'external_id'),
    emails: valuesOf(rows, 'email'),
    domains: [],
    visitors: [],
  }
}

function valuesOf(rows: readonly StagedRow[], name: string): readonly string[] {
  return [...new Set(rows.flatMap((row) => row[name] ?? []))]
}

const CONTACTS_OF = `
  with named as (
    update contact_version v set account_id = a.account_id from account a
    where v.account_id is null and v.account_external_id = any ($1::text[]) and a.external_id = v.account_external_id
    returning v.contact_id, v.email, v.account_id
  ), noted as (${queueAccounts('select account_id from named')}
  )
  select c.external_id, n.email from named n join contact c on c.contact_id = n.contact_id`

const OPPORTUNITIES_OF = `
  with named as (
    update opportunity o set account_id = a.account_id from account a
    where o.account_id is null and o.account_external_id = any ($1::text[]) and a.external_id = o.account_external_id
    returning o.account_id
  )
  ${queueAccounts('select account_id from named')}`

const DOMAINS_BELOW = 'select domain from web_domain where names && $1::text[]'

function statementFor(fact: FactTable, arrived: Arrived): { readonly text: string; readonly values: unknown[] } {
  const ways: readonly (readonly [column: string, expression: string, values: readonly string[]])[] = [
    ['account_external_id', 'w.account_external_id', arrived.accounts],
    ['contact_external_id', 'w.contact_external_id', arrived.contacts],
    ['email', 'w.email', arrived.emails],
    ['email', "split_part(w.email, '@', 2)", arrived.domains],
    ['domain', 'w.domain', arrived.domains],
    ['visitor_id', 'w.visitor_id', arrived.visitors],
  ]
  const used = ways.filter(([column, , values]) => column in fact.staging.columns && values.length > 0)
  const conditions = used.map(
    ([column, expression], index) => `(w.${column} is not null and ${expression} = any ($${index + 1}::text[]))`,
  )
  const text = `
    with concerned as materialized (
      select w.${fact.table}_id as fact_id, w.account_id as stored_account_id, w.${fact.happenedAt} as happened_at,
        ${matchColumns(fact, 'w')}
      from ${fact.table} w
      where w.account_id is null and (${conditions.join(' or ')})
      limit ${MOST_FACTS}
    ), ${relinked(fact)}
    select count(*) from written`
  return { text, values: used.map(([, , values]) => values) }
}
