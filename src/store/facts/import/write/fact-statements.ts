import { type FactTable, linkColumns, matchColumns } from './fact-tables.ts'
import { matched } from '../match/match.ts'

/**
 * The statements by which staged facts become versions. A fact is a key; each knowledge date of it is a row, which counts
 * from then until the next one (`superseded_at`). So whatever the order in which dated rows arrive, the tables are the
 * same, an older row never overwrites a newer one, and what was known before a correction still counts as of then.
 *
 * A row that states no date says how the fact stands today. `decide` gives it one:
 * - nothing is stored: `assumed_known_at`, which follows from the fact's own time, marked as assumed; without one the
 *   import's start;
 * - an equal version is stored: nothing is written;
 * - something else is stored: the import's start, since when else is not known. When this import wrote it itself, or is
 *   told to amend, the row takes its place.
 */
export function factStatements(fact: FactTable) {
  const { table, key, happenedAt } = fact
  const staged = fact.staging.table
  const id = `${table}_id`
  const own = Object.keys(fact.staging.columns).filter((name) => name !== 'assumed_known_at')
  const content = own.filter((name) => !key.includes(name) && name !== 'known_at')
  const keys = key.join(', ')
  const list = (names: readonly string[], alias: string) => names.map((name) => `${alias}.${name}`).join(', ')
  const sameKey = (one: string, other: string) => key.map((name) => `${one}.${name} = ${other}.${name}`).join(' and ')
  const same = (one: string, other: string) => `(${list(content, one)}) is not distinct from (${list(content, other)})`
  const newest = (condition: string) =>
    `select t.* from ${table} t where ${sameKey('t', 's')} and ${condition} order by t.known_at desc limit 1`
  const links = linkColumns(fact)
  const changes = [...content, 'known_at_assumed', ...links].map((name) => `${name} = excluded.${name}`)
  const decisive = [...content, 'known_at_assumed']
  const written = [...own, 'known_at_assumed', ...links]
  const missing = matchColumns(fact, 's')
    .split(', ')
    .filter((column) => column.startsWith('null::'))
  const latest = (condition: string) =>
    `(select ${['s.*', `s.${happenedAt} as happened_at`, ...missing].join(', ')} from ${staged} s where ${condition})`
  return {
    /** Among equal keys and dates the file's last line wins. */
    dropDuplicates: `
      delete from ${staged} where ctid = any (array(
        select d.ctid from (
          select ctid, row_number() over (partition by ${keys}, known_at order by row desc) as place from ${staged}
        ) d where d.place > 1
      ))`,

    /** Deleted rows may have only a key; the other columns are copied from the stored version. */
    fillDeleted: `
      update ${staged} u set ${content.map((name) => `${name} = coalesce(u.${name}, n.${name})`).join(', ')}
      from (select s.row, t.* from ${staged} s cross join lateral (${newest('true')}) t where s.deleted) n
      where u.row = n.row`,

    /**
     * Deletions of whole records take every part of theirs back: the live facts `record/…` that no row names. $1 are the rows that
     * delete, $2 the keys of their records, $3 the first free row; a query of the row that each part is taken back by.
     */
    stageParts: `
      with parts as (
        select distinct on (t.source, t.source_id) d.row as by, s.known_at, t.source, t.source_id
        from unnest($1::int[], $2::text[]) d (row, record)
        join ${staged} s on s.row = d.row
        cross join lateral (
          select distinct on (t.source_id) t.source, t.source_id, t.deleted from ${table} t
          where t.source = s.source and t.source_id > d.record || '/' and t.source_id < d.record || '0'
            and t.known_at <= coalesce(s.known_at, 'infinity')
          order by t.source_id, t.known_at desc
        ) t
        where not t.deleted
          and not exists (select from ${staged} o where o.source = t.source and o.source_id = t.source_id)
        order by t.source, t.source_id, d.row
      ), added as (
        insert into ${staged} (row, source, source_id, known_at, deleted)
        select $3 + row_number() over (), source, source_id, known_at, true from parts
      )
      select by from parts`,

    /** Rows whose fact is not stored: a query of row. */
    takeUnknown: `
      delete from ${staged} s where ${fact.needed.map((name) => `s.${name} is null`).join(' or ')} returning row`,

    /** $1 is the import's start, $2 whether to amend. A row left without a date has nothing to write. */
    decide: `
      update ${staged} u set decided = true, known_at = d.known_at, known_at_assumed = d.assumed, replaces = d.replaces,
        account_known = d.account_known
      from (
        select s.row, coalesce(stored.account_id, base.account_id) is not null as account_known,
          case
            when base.known_at is null and ours.known_at is null
              then case when s.deleted then $1 else coalesce(s.assumed_known_at, $1) end
            when (base.known_at is not null and ${same('base', 's')}) or (ours.known_at is not null and ${same('ours', 's')}) then null
            when stored.known_at is null then $1
            when stored.known_at_assumed then coalesce(s.assumed_known_at, stored.known_at)
            else stored.known_at
          end as known_at,
          case
            when base.known_at is null and ours.known_at is null then not s.deleted and s.assumed_known_at is not null
            else coalesce(stored.known_at_assumed, false)
          end as assumed,
          case
            when base.known_at is not null and ${same('base', 's')} then ours.known_at
            when ours.known_at is not null and ${same('ours', 's')} then null
            else stored.known_at
          end as replaces
        from ${staged} s
        left join lateral (${newest('t.known_at < $1')}) base on true
        left join lateral (${newest('t.known_at >= $1')}) ours on true
        -- What this row takes the place of, if it is not the same.
        left join lateral (
          select ours.known_at, ours.known_at_assumed, ours.account_id where ours.known_at is not null
          union all
          select base.known_at, base.known_at_assumed, base.account_id
          where ours.known_at is null and ($2 or (base.known_at_assumed and base.recorded_at >= $1))
        ) stored on true
        where s.known_at is null
      ) d
      where u.row = d.row`,

    dropReplaced: `
      delete from ${table} t using ${staged} s
      where s.replaces is not null and ${sameKey('t', 's')} and t.known_at = s.replaces and s.replaces is distinct from s.known_at`,

    /** A stated date replaces an assumed one, where the other columns are equal. */
    stateAssumed: `
      update ${table} t set known_at = n.known_at, known_at_assumed = false, superseded_at = null
      from (
        select a.${id}, min(s.known_at) as known_at from ${staged} s
        cross join lateral (select t.* from ${table} t where ${sameKey('t', 's')} and t.known_at_assumed limit 1) a
        where s.known_at is not null and ${same('a', 's')} group by a.${id}
      ) n
      where t.${id} = n.${id} and t.known_at <> n.known_at and not exists (
        select from ${table} x where ${sameKey('x', 't')} and x.known_at = n.known_at)`,

    /** Whether the fact of any staged row is stored. */
    isStored: `
      select exists (
        select from ${staged} s cross join lateral (select from ${table} t where ${sameKey('t', 's')} limit 1) t
      ) as stored`,

    /** $1 tells the rows that `decide` dated from those that state their date. xmax tells a row that was there. */
    write: `
      with linked as materialized (${matched(latest('s.known_at is not null and s.decided = $1'))}
      ), written as (
        insert into ${table} as t (${written.join(', ')})
        select ${written.join(', ')} from linked order by ${keys}, known_at
        on conflict (${keys}, known_at) do update set ${changes.join(', ')}
        where (${list(decisive, 't')}) is distinct from (${list(decisive, 'excluded')})
        returning t.xmax = 0 as inserted
      )
      select (select count(*) from (select distinct ${keys} from linked where account_id is null) facts) as unmatched,
        count(*) filter (where inserted) as inserted, count(*) filter (where not inserted) as updated from written`,

    /** The same for new facts, each staged once, in half the time. */
    writeNew: `
      with written as (
        insert into ${table} (${written.join(', ')})
        select ${written.join(', ')} from (${matched(latest('s.known_at is not null'))}) linked
        returning account_id
      )
      select count(*) filter (where account_id is null) as unmatched, count(*) as inserted, 0 as updated from written`,

    /** @returns a row for each version with a new successor: whether the two are equal. */
    supersede: `
      update ${table} t set superseded_at = n.next
      from (select distinct ${keys} from ${staged}) s
      cross join lateral (
        select v.${id}, v.superseded_at, lead(v.known_at) over history as next,
          row(${list(content, 'v')}) is not distinct from lead(row(${list(content, 'v')})) over history as same
        from ${table} v where ${sameKey('v', 's')} window history as (order by v.known_at)
      ) n
      where t.${id} = n.${id} and n.superseded_at is distinct from n.next
      returning n.same`,

    count: `
      select count(*) as kept,
        count(*) filter (where decided and known_at is null and not account_known) as unmatched,
        count(*) filter (where replaces is not null and known_at is null) as reverted,
        count(*) filter (where replaces <> known_at) as moved
      from ${staged}`,
  }
}
