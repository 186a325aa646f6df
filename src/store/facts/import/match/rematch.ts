import { type Kysely, sql } from 'kysely'
import type { PoolClient } from 'pg'
import type { Database } from '../../../database/tables/schema.ts'
import { inBatchTransaction } from '../batch.ts'
import { refreshDomainNames } from './domain-names.ts'
import { FACT_TABLES, type FactTable, linkColumns, matchColumns } from '../write/fact-tables.ts'
import { lockFacts } from '../write/lock-facts.ts'
import { matched } from './match.ts'
import { resolveTies } from './visitor-ties.ts'
import { queueAccounts } from '../write/note-accounts.ts'

const ROWS_PER_TRANSACTION = 50_000
/** From this many changed networks on, every fact with an address is matched again instead of only those in a changed network. */
const FEW_NETWORKS = 100

/**
 * Matches again the facts whose account may have changed since accounts, contacts or links changed, by `identity_change`:
 * so that which account a fact has depends on what is stored and not on the order in which it came. Every import ends with
 * it, and so catches up with one that was killed before it came to it.
 *
 * A concurrent writer of facts has either read a change, or this waits for it: both take the lock of the table.
 * @returns how many rows found an account
 */
export async function rematch(client: PoolClient): Promise<number> {
  // A dry run is one transaction: it would hold the locks until it ends.
  const locks = client.getTransactionStatus() !== 'T'
  await refreshDomainNames(client)
  let matches = 0
  for (const statement of NAMES)
    matches += (await inBatchTransaction(client, () => client.query(statement))).rowCount ?? 0
  const earlier = await notedChanges(client, '{(,)}')
  if (earlier === null) return matches
  await resolveTies(client)
  // With the visitors of these ties. What was noted meanwhile may concern other ties, and waits for the next time.
  const changes = await notedChanges(client, earlier)
  for (const fact of Object.values(FACT_TABLES)) matches += await rematchFacts(client, fact, locks)
  await inBatchTransaction(client, () =>
    client.query('delete from identity_change where change_id <@ $1::int8multirange', [changes]),
  )
  return matches
}

/** The changes in these ranges, and those of visitors. */
async function notedChanges(client: PoolClient, ranges: string): Promise<string | null> {
  const { rows } = await client.query<{ changes: string | null }>(
    `select range_agg(int8range(change_id, change_id, '[]'))::text as changes from identity_change
     where change_id <@ $1::int8multirange or kind = 'visitor'`,
    [ranges],
  )
  return rows[0]?.changes ?? null
}

/** The number of changes since facts were last matched. */
export async function countIdentityChanges(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ changes: number }>`select count(*) as changes from identity_change`.execute(db)
  return rows[0]?.changes ?? 0
}

/** Links contacts and opportunities to the accounts that they name, once these exist. */
const NAMES = ['contact_version', 'opportunity'].map(
  (table) => `update ${table} w set account_id = a.account_id from account a
    where w.account_id is null and a.external_id = w.account_external_id`,
)

interface Step {
  readonly last: number | null
  readonly matches: number
}

async function rematchFacts(client: PoolClient, fact: FactTable, locks: boolean): Promise<number> {
  const statement = rematchStatement(fact)
  let matches = 0
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after
    const step: Step | undefined = await inBatchTransaction(client, async () => {
      if (locks) await lockFacts(client, fact)
      return (await client.query<Step>(statement, [from, ROWS_PER_TRANSACTION])).rows[0]
    })
    matches += step?.matches ?? 0
    after = step?.last ?? null
  }
  return matches
}

/** $1 is the last row of the previous step, $2 the most rows to read. Rows written later have a greater id. */
function rematchStatement(fact: FactTable): string {
  const { table } = fact
  const id = `${table}_id`
  return `
    with changed as materialized (
      select distinct kind, value from identity_change
    ), changed_domain as materialized (
      select d.domain from web_domain d cross join lateral unnest(d.names) as name
      join changed c on c.kind = 'domain' and c.value = name
      union select value from changed where kind = 'domain'
    ), changed_network as materialized (
      select value::cidr as network from changed where kind = 'network'
    ), range as materialized (
      select max(r.${id}) as last from (select ${id} from ${table} where ${id} > $1 order by ${id} limit $2) r
    ), concerned as materialized (
      select w.${id} as fact_id, w.account_id as stored_account_id, w.${fact.happenedAt} as happened_at,
        ${matchColumns(fact, 'w')}
      from ${table} w
      where w.${id} > $1 and w.${id} <= (select last from range) and (${concernedBy(fact).join(' or ')})
    ), ${relinked(fact)}
    select (select last from range) as last, (select count(*) from written where has_found) as matches`
}

/**
 * The rest of a statement after `concerned` (fact_id, stored_account_id, happened_at and the match columns): matches these
 * facts, and queues the accounts that lost or gained one. @returns `written` has, for each changed fact, has_found
 */
export function relinked(fact: FactTable): string {
  const { table } = fact
  const id = `${table}_id`
  const links = linkColumns(fact)
  const list = (alias: string) => links.map((name) => `${alias}.${name}`).join(', ')
  return `linked as materialized (${matched('concerned')}
    ), written as (
      update ${table} t set ${links.map((name) => `${name} = l.${name}`).join(', ')}
      from linked l
      where t.${id} = l.fact_id and (${list('t')}) is distinct from (${list('l')})
      returning t.account_id, l.stored_account_id,
        t.account_id is not null and t.account_id is distinct from l.stored_account_id as has_found
    ), noted as (
      ${queueAccounts('select account_id from written union select stored_account_id from written')}
    )`
}

/** Conditions on a row \`w\`, one for each column by which it may be found. */
function concernedBy(fact: FactTable): readonly string[] {
  const isChanged = (column: string, kind: string) =>
    `w.${column} in (select value from changed where kind = '${kind}')`
  const domain = (value: string) => `${value} in (select domain from changed_domain)`
  const conditions: Readonly<Record<string, readonly string[]>> = {
    account_external_id: [isChanged('account_external_id', 'account')],
    contact_external_id: [
      isChanged('contact_external_id', 'contact'),
      `w.contact_id in (select c.contact_id from contact c join changed on changed.kind = 'contact' and changed.value = c.external_id)`,
    ],
    email: [isChanged('email', 'email'), domain(`split_part(w.email, '@', 2)`)],
    domain: [domain('w.domain')],
    visitor_id: [isChanged('visitor_id', 'visitor')],
    ip: [
      `(w.ip is not null and ((select count(*) > ${FEW_NETWORKS} from changed_network)
        or exists (select from changed_network n where n.network >>= w.ip)))`,
    ],
  }
  return Object.keys(fact.staging.columns).flatMap((column) => conditions[column] ?? [])
}
