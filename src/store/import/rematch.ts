import type { PoolClient } from 'pg'
import { inTransaction } from './batch.ts'
import { FACT_TABLES, type FactTable, linkColumns, matchColumns } from './facts.ts'
import { matched } from './match.ts'

const ROWS_PER_TRANSACTION = 20_000

/** The accounts that contacts and opportunities name, once they are there; and what those contacts did goes with them. */
export async function rematchNames(client: PoolClient): Promise<number> {
  const opportunities = await inTransaction(client, () => client.query(nameAccounts('opportunity', 'opportunity_id')))
  const contacts = await inTransaction(client, async () => {
    const { rows } = await client.query<{ id: number }>(nameAccounts('contact_version', 'contact_id'))
    await rematchContacts(client, [...new Set(rows.map(({ id }) => id))])
    return rows.length
  })
  return (opportunities.rowCount ?? 0) + contacts
}

function nameAccounts(table: string, id: string): string {
  return `update ${table} w set account_id = a.account_id from account a
    where w.account_id is null and a.external_id = w.account_external_id returning w.${id} as id`
}

/**
 * What contacts did, matched again because their versions changed: so an activity has the same account whether it came
 * before its contact's versions or after them. Belongs into the transaction that changed them.
 */
export async function rematchContacts(client: PoolClient, contactIds: readonly number[]): Promise<void> {
  if (contactIds.length > 0)
    await client.query(rematch(FACT_TABLES.activities, 'w.contact_id = any ($1::bigint[])'), [contactIds])
}

/** Where a fact table's rows stand now: rows written later have a greater id. */
export async function lastFactId(client: PoolClient, fact: FactTable): Promise<number> {
  const { rows } = await client.query<{ last: number }>(
    `select coalesce(max(${fact.table}_id), 0) as last from ${fact.table}`,
  )
  return rows[0]?.last ?? 0
}

/**
 * Applies the match rule again to the facts that wait: those without an account, and those whose person had not come yet.
 * A fact keeps what it has until there is something better. @returns how many facts found something.
 */
export async function rematchFacts(client: PoolClient, fact: FactTable, afterId = 0): Promise<number> {
  const personWaits = fact.hasContact
    ? 'or (w.contact_id is null and (w.contact_external_id is not null or w.email is not null))'
    : ''
  // The condition is that of the index `<table>_unmatched`.
  const id = `w.${fact.table}_id`
  const statement = rematch(fact, `(w.account_id is null ${personWaits}) and ${id} > $1 order by ${id} limit $2`)
  let matches = 0
  for (let cursor = afterId; ; ) {
    const from = cursor
    const { rows } = await inTransaction(client, () =>
      client.query<{ last: number | null; matches: number }>(statement, [from, ROWS_PER_TRANSACTION]),
    )
    const step = rows[0]
    if (!step || step.last === null) return matches
    matches += step.matches
    cursor = step.last
  }
}

export async function rematchAllFacts(client: PoolClient): Promise<number> {
  let matches = 0
  for (const fact of Object.values(FACT_TABLES)) matches += await rematchFacts(client, fact)
  return matches
}

function rematch(fact: FactTable, which: string): string {
  const { table } = fact
  const id = `${table}_id`
  const links = linkColumns(fact)
  return `
    with waiting as materialized (
      select w.${id} as fact_id, w.${fact.happenedAt} as happened_at, ${matchColumns(fact, 'w')}
      from ${table} w where ${which}
    ), linked as materialized (${matched('waiting')}
    ), written as (
      update ${table} t set ${links.map((name) => `${name} = l.${name}`).join(', ')}
      from linked l
      where t.${id} = l.fact_id and l.account_id is not null
        and (${links.map((name) => `t.${name}`).join(', ')}) is distinct from (${links.map((name) => `l.${name}`).join(', ')})
      returning 1
    )
    select (select max(fact_id) from waiting) as last, (select count(*) from written) as matches`
}
