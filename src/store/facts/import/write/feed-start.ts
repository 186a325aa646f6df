import type { PoolClient } from 'pg'
import type { FactTable } from './fact-tables.ts'

/**
 * Updates feed_start: per source and kind, the steps by which the data reached further into the past. A staged fact is a
 * step if
 * no fact known as early or earlier, staged or stored, happened as early. So whatever the order of rows and files, the
 * least occurred_at among steps known before an instant is that among the facts known before it.
 *
 * Facts (known, happened): (5, 5) (6, 3) (7, 4): steps (5, 5) and (6, 3). Then (4, 4) comes: it is a step as well, and
 * from then on (5, 5) is redundant, which does no harm.
 */
export async function writeFeedStarts(client: PoolClient, fact: FactTable): Promise<void> {
  const { source, kind } = fact.feed
  // Activities of sales are logged long before those of buyers: they do not start the buyers' feed.
  const counts = fact.table === 'activity' ? 'and s.evidence' : ''
  await client.query(`
    with news as (
      -- Almost every row is told before anything is sorted: its source and kind have a step that says more.
      select s.${source} as source, s.${kind} as kind, s.known_at, s.${fact.happenedAt} as occurred_at
      from ${fact.staging.table} s
      where s.known_at is not null and s.deleted is not true ${counts} and not exists (
        select from feed_start f where f.fact = '${fact.table}' and f.source = s.${source} and f.kind = s.${kind}
          and f.known_at <= s.known_at and f.occurred_at <= s.${fact.happenedAt}
      )
    ), earliest as (
      select source, kind, known_at, min(occurred_at) as occurred_at from news group by source, kind, known_at
    ), stepped as (
      select *, min(occurred_at) over (partition by source, kind order by known_at
        rows between unbounded preceding and 1 preceding) as so_far
      from earliest
    )
    insert into feed_start as t (fact, source, kind, occurred_at, known_at)
    select '${fact.table}', s.source, s.kind, s.occurred_at, s.known_at from stepped s
    where s.so_far is null or s.occurred_at < s.so_far
    order by s.source, s.kind, s.known_at
    on conflict (fact, source, kind, known_at) do update set occurred_at = least(t.occurred_at, excluded.occurred_at)`)
}
