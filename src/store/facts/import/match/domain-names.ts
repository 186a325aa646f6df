import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { DOMAIN_RULES, domainNames } from '../../../../core/facts/identity/domain-names.ts'
import { inBatchTransaction } from '../batch.ts'

/** Stores the names of the rows' domains for the match rule. */
export async function learnDomainNames(client: PoolClient, rows: readonly StagedRow[]): Promise<void> {
  const domains = new Set<string>()
  for (const { domain, email } of rows) {
    if (domain) domains.add(domain)
    if (email) domains.add(email.slice(email.lastIndexOf('@') + 1))
  }
  if (domains.size === 0) return
  await client.query(
    `insert into web_domain (domain, names, rules)
     select domain, string_to_array(names, ' '), $3 from unnest($1::text[], $2::text[]) as d (domain, names)
     order by domain on conflict (domain) do nothing`,
    columnsOf([...domains]),
  )
}

const DOMAINS_PER_STEP = 10_000

/** Updates domains that were stored by other lists: where their names changed, their facts are matched again. */
export async function refreshDomainNames(client: PoolClient): Promise<void> {
  for (let more = true; more; ) {
    more = await inBatchTransaction(client, async () => {
      const { rows } = await client.query<{ domain: string }>(
        'select domain from web_domain where rules <> $1 order by domain limit $2 for update',
        [DOMAIN_RULES, DOMAINS_PER_STEP],
      )
      if (rows.length > 0) await client.query(REPLACE_NAMES, columnsOf(rows.map(({ domain }) => domain)))
      return rows.length === DOMAINS_PER_STEP
    })
  }
}

const REPLACE_NAMES = `
  with given as (
    select domain, string_to_array(names, ' ') as names from unnest($1::text[], $2::text[]) as d (domain, names)
  ), news as (
    select g.domain from given g join web_domain w on w.domain = g.domain where w.names is distinct from g.names
  ), written as (
    update web_domain w set names = g.names, rules = $3 from given g where w.domain = g.domain
  )
  insert into identity_change (kind, value) select 'domain', domain from news`

function columnsOf(domains: readonly string[]): [readonly string[], readonly string[], string] {
  return [domains, domains.map((domain) => domainNames(domain).join(' ')), DOMAIN_RULES]
}
