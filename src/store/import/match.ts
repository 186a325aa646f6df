import { FREE_MAIL_DOMAINS } from '../../core/import/domains.ts'

/** What the match rule reads of a fact. A kind that has no such column supplies null. */
export const MATCH_COLUMNS = {
  contact_external_id: 'text',
  account_external_id: 'text',
  email: 'text',
  domain: 'text',
  ip: 'inet',
  visitor_id: 'text',
} as const

/**
 * How a fact finds its account: the one rule, for facts that arrive and for facts that wait. First hit wins:
 *  1. the contact it names: the account of the contact's version in force when it happened, else of the earliest with one
 *  2. the account it names
 *  3. the contact with its email address, by the same choice of version; then the account with the address's domain
 *  4. the account with its domain   5. with the narrowest network around its ip   6. with its visitor id
 * A domain, network or visitor that two accounts claim identifies neither, and a free-mail domain nobody: a fact on the
 * wrong account is worse than one that waits.
 *
 * Every step is a lateral probe of an index, which `limit` keeps the planner from turning into a scan of the whole table.
 * A version without an account is sorted last and not filtered out: while statistics say that there are none with one, a
 * filter makes the planner read the whole index by account for each fact (266,000 facts: not done after 8 minutes).
 *
 * @param facts a relation with MATCH_COLUMNS and `happened_at`
 * @returns a query of its columns and contact_id, account_id, linked_at; linked_at is since when the way was known.
 */
export function matched(facts: string): string {
  return `
    select f.*, coalesce(named.contact_id, mailed.contact_id) as contact_id,
      coalesce(named.account_id, by_name.account_id, mailed.account_id, by_mail_domain.account_id,
        by_domain.account_id, by_network.account_id, by_visitor.account_id) as account_id,
      case
        when named.account_id is not null then named.linked_at
        when by_name.account_id is not null then '1900-01-01T00:00:00Z'::timestamptz
        when mailed.account_id is not null then mailed.linked_at
        else coalesce(by_mail_domain.linked_at, by_domain.linked_at, by_network.linked_at, by_visitor.linked_at)
      end as linked_at
    from ${facts} f
    left join lateral (
      select c.contact_id, v.account_id, v.known_at as linked_at
      from contact c left join contact_version v on v.contact_id = c.contact_id
      where c.external_id = f.contact_external_id
      order by v.account_id is null, ${inForceFirst('v', 'f.happened_at')}, v.source limit 1
    ) named on true
    left join lateral (
      select account_id from account where external_id = f.account_external_id limit 1
    ) by_name on true
    left join lateral (
      select v.contact_id, v.account_id, v.known_at as linked_at
      from contact_version v join contact c on c.contact_id = v.contact_id
      where named.contact_id is null and v.email = f.email
      order by v.account_id is null, ${inForceFirst('v', 'f.happened_at')}, c.external_id, v.source limit 1
    ) mailed on true
    left join lateral (
      ${onlyClaim('domain', "split_part(f.email, '@', 2)", `${nobodyYet()} and f.email is not null`)}
    ) by_mail_domain on true
    left join lateral (
      ${onlyClaim('domain', 'f.domain', `${nobodyYet('by_mail_domain')} and f.domain is not null`)}
    ) by_domain on true
    left join lateral (
      select min(n.account_id) as account_id, min(n.known_at) as linked_at
      from (
        select l.account_id, l.known_at, rank() over (order by masklen(l.network) desc) as narrowness
        from account_link l
        where ${nobodyYet('by_mail_domain', 'by_domain')} and f.ip is not null and l.network is not null and l.network >>= f.ip
          and ${holdsAt('f.happened_at')}
      ) n
      where n.narrowness = 1 having count(*) = 1
    ) by_network on true
    left join lateral (
      ${onlyClaim('visitor', 'f.visitor_id', `${nobodyYet('by_mail_domain', 'by_domain', 'by_network')} and f.visitor_id is not null`)}
    ) by_visitor on true`
}

/** The versions known by then, newest first; then those known later, earliest first. */
function inForceFirst(version: string, at: string): string {
  const known = `${version}.known_at`
  return `${known} <= ${at} desc, case when ${known} <= ${at} then ${known} end desc nulls last, ${known}`
}

function nobodyYet(...more: readonly string[]): string {
  return ['named', 'by_name', 'mailed', ...more].map((found) => `${found}.account_id is null`).join(' and ')
}

function onlyClaim(kind: 'domain' | 'visitor', value: string, condition: string): string {
  const free = kind === 'domain' ? `and l.value <> all (array[${FREE_MAIL_DOMAINS.map(quoted).join(', ')}])` : ''
  return `select min(l.account_id) as account_id, min(l.known_at) as linked_at
      from account_link l
      where ${condition} and l.kind = '${kind}' and l.value = ${value} and ${holdsAt('f.happened_at')} ${free}
      having count(*) = 1`
}

/** A link that was removed still leads to its account for what happened before. */
function holdsAt(at: string): string {
  return `(l.removed_at is null or l.removed_at > ${at})`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
