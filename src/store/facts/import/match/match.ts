/** The columns that the match rule reads. A kind without such a column supplies null. */
export const MATCH_COLUMNS = {
  contact_external_id: 'text',
  account_external_id: 'text',
  email: 'text',
  domain: 'text',
  ip: 'inet',
  visitor_id: 'text',
} as const

/**
 * The match rule: how a new or waiting fact finds its account. The first key that leads to an
 * account decides:
 *  1. the contact it names: the account of the contact's version in force when it happened, else of the earliest with one
 *  2. the account it names
 *  3. the contact with its email address, by the same choice of version, first among those that no newer one had followed by
 *     then; then the account with the address's domain. A mailbox that contacts of two accounts have leads to neither, nor does its
 *     domain
 *  4. the account with its domain   5. with the narrowest network around its ip   6. with its visitor id
 * A domain is looked up under each of its names (`web_domain`). Names, networks and visitor ids are claimed for a time
 * (`account_claim`): the first time counts that had not ended when the fact happened and in which one account claims it
 * alone. Where none ever does, the key identifies no account, and neither does a wider name or network.
 *
 * The link is known since the earliest of the keys that lead to the account, whichever decided: so a contact that is imported
 * later for an account that was known by its domain changes nothing in the past. A key that led to another account between ends
 * that: what only later knowledge gave to this account does not count for it before.
 *
 * Every step is a lateral probe of an index, which `limit` or grouping keep the planner from turning into a scan of the
 * whole table. A version without an account is sorted last and not filtered out: while statistics say that there are none
 * with one, a filter makes the planner read the whole index by account for each fact (266,000 facts: not done after 8
 * minutes).
 *
 * @param facts a relation with MATCH_COLUMNS and `happened_at`
 * @returns a query of its columns and contact_id, account_id, linked_at; linked_at is since when the link was known.
 */
export function matched(facts: string): string {
  return `
    with disputed as materialized (${disputedMailboxes(facts)}
    )
    select f.*, coalesce(named.contact_id, mailed.contact_id) as contact_id, decided.account_id, decided.linked_at
    from ${facts} f
    left join lateral (
      select c.contact_id, v.account_id, v.known_at as linked_at
      from contact c left join contact_version v on v.contact_id = c.contact_id and not v.deleted
      where c.external_id = f.contact_external_id
      order by v.account_id is null, ${inForceFirst('v', 'f.happened_at')}, v.source limit 1
    ) named on true
    left join lateral (
      select account_id, '1900-01-01T00:00:00Z'::timestamptz as linked_at
      from account where external_id = f.account_external_id limit 1
    ) by_name on true
    left join lateral (
      select case when m.shared_until < 'infinity' then m.contact_id end as contact_id,
        case when m.shared_until < 'infinity' then m.account_id end as account_id,
        greatest(m.linked_at, m.shared_until) as linked_at, m.shared_until, m.shared_until = 'infinity' as is_shared
      from (
        select m.*, case when ${IS_DISPUTED} then (${SHARED_UNTIL}
        ) else '-infinity' end as shared_until
        from (
          select v.contact_id, v.account_id, v.known_at as linked_at
          from contact_version v join contact c on c.contact_id = v.contact_id
          where v.email = f.email and not v.deleted
          order by v.account_id is null, case when ${IS_DISPUTED} then ${isFollowed('v', 'f.happened_at')} end,
            ${inForceFirst('v', 'f.happened_at')}, c.external_id, v.source
          limit 1
        ) m
        offset 0
      ) m
    ) mailed on true
    left join lateral (${byDomain("case when mailed.is_shared then null else split_part(f.email, '@', 2) end")}
    ) by_mail_domain on true
    left join lateral (${byDomain('f.domain')}
    ) by_domain on true
    left join lateral (${narrowest(`
        select masklen(n.network) as narrowness, n.account_id, n.valid_from
        from (
          select distinct on (c.network) c.* from account_claim c
          where c.network is not null and c.network >>= f.ip and c.valid_until > f.happened_at
          order by c.network, c.account_id is null, c.valid_from
        ) n`)}
    ) by_network on true
    left join lateral (${narrowest(`
        select 0 as narrowness, c.account_id, c.valid_from from (${claimOf('visitor', 'f.visitor_id')}) c`)}
    ) by_visitor on true
    cross join lateral (${heldSince(`
        select way.account_id, way.since, way.place as turn
        from (values ${WAYS.map(rowsOfWay).join(', ')}) as way (place, account_id, since)
        where way.account_id is not null and way.since is not null`)}
    ) decided`
}

/**
 * The account of the first of some ways, and since when it has been the answer without a break: since the earliest of the ways
 * that lead to it, up to the first that led elsewhere before.
 *
 * @param ways a query of account_id, since and turn, from the way that decides to the last; null is nobody's
 * @returns a query of one row: account_id and linked_at, null without an account, and elsewhere_since, when a way first led to
 * another account, if one did before
 */
function heldSince(ways: string): string {
  return `
      select min(h.account_id) filter (where ${HOLDS}) as account_id, min(h.since) filter (where ${HOLDS}) as linked_at,
        min(h.since) filter (where h.account_id <> h.first and h.since < h.held) as elsewhere_since
      from (
        select b.*, bool_or(b.account_id is distinct from b.first and b.since < b.held) over (order by b.turn) as is_broken
        from (
          select w.*, min(w.since) filter (where w.account_id = w.first) over (order by w.turn) as held
          from (select g.*, first_value(g.account_id) over (order by g.turn) as first from (${ways}) g) w
        ) b
      ) h`
}

const HOLDS = 'h.account_id = h.first and not h.is_broken'

const WAYS = ['named', 'by_name', 'mailed', 'by_mail_domain', 'by_domain', 'by_network', 'by_visitor']
/** Those by claims, which may have led to several accounts, one after the other. */
const BY_CLAIMS = WAYS.slice(3)

/** What a way leads to, and behind it what it led to before: an account that no fact has. */
function rowsOfWay(way: string, place: number): string {
  // The domain of a mailbox leads nowhere while two accounts share the mailbox.
  const since = way === 'by_mail_domain' ? `greatest(${way}.linked_at, mailed.shared_until)` : `${way}.linked_at`
  const row = `(${place}, ${way}.account_id, ${since})`
  return BY_CLAIMS.includes(way) ? `${row}, (${place + 0.5}, -1, ${way}.elsewhere_since)` : row
}

/** The mailboxes of the facts of which versions name two accounts: few, and found once for all facts. */
function disputedMailboxes(facts: string): string {
  return `
      select v.email from contact_version v
      where not v.deleted and v.email in (select m.email from ${facts} m where m.email is not null)
      group by v.email having min(v.account_id) <> max(v.account_id)`
}

const IS_DISPUTED = 'f.email in (select email from disputed)'

/**
 * Until when another contact, at another account, has the mailbox \`m\`, as far as that was known when the fact happened, or when the
 * mailbox was: until the two accounts were merged, or for ever. In the beginning, where no other contact has it.
 *
 * It is asked only of disputed mailboxes: so it costs the import next to nothing. \`offset 0\` keeps the planner from copying the
 * question to each place that uses its answer.
 */
const SHARED_UNTIL = `
        select coalesce(max(case
          when ${survivor('o.account_id')} <> ${survivor('m.account_id')} then 'infinity'
          else (select max(x.known_at) from merged_account x where x.account_id in (o.account_id, m.account_id))
        end), '-infinity'::timestamptz)
        from contact_version o
        where o.email = f.email and o.contact_id <> m.contact_id and o.account_id <> m.account_id and not o.deleted
          and o.known_at <= greatest(f.happened_at, m.linked_at)
          and not ${isFollowed('o', 'greatest(f.happened_at, m.linked_at)')}`

function survivor(account: string): string {
  return `coalesce((select x.survivor_id from merged_account x where x.account_id = ${account} order by x.depth desc limit 1), ${account})`
}

/** Whether the contact had a newer version by then, in which it may have another address, or is deleted. */
function isFollowed(version: string, at: string): string {
  return `exists (
          select from contact_version n where n.contact_id = ${version}.contact_id and n.source = ${version}.source
            and n.known_at > ${version}.known_at and n.known_at <= ${at}
        )`
}

/** The versions known by then, newest first; then those known later, earliest first. */
function inForceFirst(version: string, at: string): string {
  const known = `${version}.known_at`
  return `${known} <= ${at} desc, case when ${known} <= ${at} then ${known} end desc nulls last, ${known}`
}

function byDomain(domain: string): string {
  return narrowest(`
        select -n.place as narrowness, c.account_id, c.valid_from
        from web_domain d
        cross join lateral unnest(d.names) with ordinality as n (name, place)
        cross join lateral (${claimOf('domain', 'n.name')}) c
        where d.domain = ${domain}`)
}

function claimOf(kind: 'domain' | 'visitor', value: string): string {
  return `
          select c.account_id, c.valid_from from account_claim c
          where c.kind = '${kind}' and c.value = ${value} and c.valid_until > f.happened_at
          order by c.account_id is null, c.valid_from limit 1`
}

/** The account of the narrowest claim, if only one account has it, and since when it was that of the narrowest one valid. */
function narrowest(claims: string): string {
  return heldSince(`
        select c.account_id, c.valid_from as since, -c.narrowness as turn from (${claims}) c`)
}
