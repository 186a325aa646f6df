import type { PoolClient } from 'pg'
import { inTransaction } from './batch.ts'
import { FACT_TABLES, type FactTable, linkColumns, matchColumns } from './facts.ts'
import { matched } from './match.ts'

const ROWS_PER_TRANSACTION = 20_000

/** The accounts that contacts and opportunities name, once they are there. */
export async function rematchNames(client: PoolClient): Promise<number> {
  let matches = 0
  for (const table of ['contact_version', 'opportunity']) {
    const statement = `update ${table} w set account_id = a.account_id from account a
      where w.account_id is null and a.external_id = w.account_external_id`
    matches += (await inTransaction(client, () => client.query(statement))).rowCount ?? 0
  }
  return matches
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
  const statement = rematch(fact)
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

/** The condition is that of the index `<table>_unmatched`. */
function rematch(fact: FactTable): string {
  const { table } = fact
  const id = `${table}_id`
  const personWaits = fact.hasContact
    ? 'or (contact_id is null and (contact_external_id is not null or email is not null))'
    : ''
  const links = linkColumns(fact)
  return `
    with waiting as materialized (
      select w.${id} as fact_id, w.${fact.happenedAt} as happened_at, ${matchColumns(fact, 'w')}
      from ${table} w where (account_id is null ${personWaits}) and w.${id} > $1 order by w.${id} limit $2
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
