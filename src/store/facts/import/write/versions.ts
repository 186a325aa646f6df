import type { PoolClient } from 'pg'
import { BEGINNING } from '../../../../core/base/time.ts'
import type { BatchContext, RowAction } from '../batch.ts'

/** An entity whose attributes come in versions per source, each a full replacement. */
export interface VersionedTable {
  readonly entity: 'account' | 'contact'
  readonly staged: string
  /** The columns in which two versions may differ. */
  readonly content: readonly string[]
  /** SQL for the account_id of a staged row `s`, where the version has one. */
  readonly accountId: string | null
}

export interface Decision {
  readonly row: number
  readonly action: RowAction
}

export const DECIDED = 'decided_version'

/** The action for each row without duplicates; links and unmatched rows depend on it as well. */
export async function createDecisions(client: PoolClient): Promise<void> {
  await client.query(
    `create temporary table if not exists ${DECIDED} (row integer, entity_id bigint, source text collate "C",
      known_at timestamptz, backfilled boolean, action text) on commit delete rows`,
  )
}

/**
 * Writes staged versions. With a known_at: that version, corrected in place. Without one:
 *
 * - the first of this source: valid for all of the past, or since `created_at`; backfilled. When it was received as it
 *   happened and has no `created_at`: known from then on;
 * - equal to the newest: nothing;
 * - different: a version known from the import's start, since no other date is known. The past is never overwritten.
 *
 * A row that repeats a key within one import corrects what this import wrote, wherever the batches happened to be cut.
 */
export async function writeVersions(
  client: PoolClient,
  table: VersionedTable,
  context: BatchContext,
): Promise<Decision[]> {
  await client.query(insertEntities(table))
  await client.query(lockEntities(table))
  const decisions: Decision[] = []
  const deciding = [
    { text: decideUndated(table), values: [context.startedAt, context.received ? context.startedAt : BEGINNING] },
    { text: decideDated(table), values: [] },
  ]
  for (const decide of deciding) {
    const { rows } = await client.query<Decision>(decide)
    decisions.push(...rows)
    await client.query(deleteReverted(table))
    await client.query(upsertDecided(table))
    await client.query(`update ${DECIDED} set action = 'done' where action <> 'done'`)
  }
  await client.query(refreshEntities(table))
  return decisions
}

function insertEntities({ entity, staged }: VersionedTable): string {
  return `
    insert into ${entity} (external_id, known_at, backfilled)
    select external_id, min(coalesce(known_at, created_at, '${BEGINNING}')), bool_or(known_at is null)
    from ${staged} group by external_id order by external_id
    on conflict (external_id) do nothing`
}

/** Decisions are made under this lock: otherwise two imports could both find no version, and both write the first. */
function lockEntities({ entity, staged }: VersionedTable): string {
  return `
    select from ${entity} where external_id = any (array(select distinct external_id from ${staged}))
    order by external_id for no key update`
}

function latestStaged({ staged }: VersionedTable, condition: string): string {
  return `select distinct on (external_id, source, known_at) * from ${staged} where ${condition}
      order by external_id, source, known_at, row desc`
}

/** $1 is the import's start, $2 since when the first version of an undated row is known. */
function decideUndated(table: VersionedTable): string {
  const { entity } = table
  const versions = `select v.known_at, v.backfilled, v.recorded_at, (${same(table, 's', 'v')}) as same from ${entity}_version v
        where v.${entity}_id = e.${entity}_id and v.source = s.source`
  // The source's previous undated version: the first version, or one that became known after that was recorded. A
  // history with dates may lie in between; it does not concern undated exports.
  const saidBefore = `${versions} and v.known_at < $1 and (v.backfilled or (v.recorded_at < $1 and v.known_at >= coalesce((
          select b.recorded_at from ${entity}_version b
          where b.${entity}_id = e.${entity}_id and b.source = s.source and b.backfilled), '-infinity')))
        order by v.known_at desc limit 1`
  return `
    with compared as (
      select s.row, e.${entity}_id as entity_id, s.source, s.created_at, base.known_at as base_known_at, base.same as base_same,
        base.backfilled and base.recorded_at >= $1 as base_is_ours, ours.known_at as ours_known_at, ours.same as ours_same
      from (${latestStaged(table, 'known_at is null')}) s
      cross join lateral (${entityOf(table)}) e
      left join lateral (${saidBefore}) base on true
      left join lateral (${versions} and v.known_at = $1 limit 1) ours on true
    )
    insert into ${DECIDED} (row, entity_id, source, known_at, backfilled, action)
    select row, entity_id, source,
      case when base_known_at is null then least(coalesce(created_at, $2::timestamptz), $1) when base_is_ours then base_known_at else $1 end,
      case when base_known_at is null then created_at is not null or $2 < $1 else base_is_ours end,
      case
        when base_known_at is null and ours_known_at is null then 'inserted'
        when base_same and ours_known_at is not null then 'reverted'
        when base_same or ours_same then 'unchanged'
        when base_is_ours or ours_known_at is not null then 'updated'
        else 'inserted'
      end
    from compared
    returning row, case action when 'reverted' then 'updated' else action end as action`
}

function decideDated(table: VersionedTable): string {
  const { entity } = table
  return `
    insert into ${DECIDED} (row, entity_id, source, known_at, backfilled, action)
    select s.row, e.${entity}_id, s.source, s.known_at, false,
      case when v.known_at is null then 'inserted' when ${same(table, 's', 'v')} and not v.backfilled then 'unchanged' else 'updated' end
    from (${latestStaged(table, 'known_at is not null')}) s
    cross join lateral (${entityOf(table)}) e
    left join lateral (
      select * from ${entity}_version v
      where v.${entity}_id = e.${entity}_id and v.source = s.source and v.known_at = s.known_at limit 1
    ) v on true
    returning row, action`
}

/** One probe of the index per staged row: `limit` keeps the planner from reading the whole table instead. */
function entityOf({ entity }: VersionedTable): string {
  return `select e.${entity}_id from ${entity} e where e.external_id = s.external_id limit 1`
}

function same({ content }: VersionedTable, left: string, right: string): string {
  const side = (alias: string) => `(${content.map((name) => `${alias}.${name}`).join(', ')})`
  return `${side(left)} is not distinct from ${side(right)}`
}

/** Deletes this import's version where the source has returned to the previous one. */
function deleteReverted({ entity }: VersionedTable): string {
  return `
    delete from ${entity}_version v using ${DECIDED} d
    where d.action = 'reverted' and v.${entity}_id = d.entity_id and v.source = d.source and v.known_at = d.known_at`
}

function upsertDecided({ entity, staged, content, accountId }: VersionedTable): string {
  const columns = [...(accountId === null ? [] : ['account_id']), ...content]
  const values = [...(accountId === null ? [] : [accountId]), ...content.map((name) => `s.${name}`)]
  return `
    insert into ${entity}_version (${entity}_id, source, known_at, backfilled, ${columns.join(', ')})
    select d.entity_id, d.source, d.known_at, d.backfilled, ${values.join(', ')}
    from ${DECIDED} d join ${staged} s on s.row = d.row
    where d.action in ('inserted', 'updated')
    on conflict (${entity}_id, source, known_at) do update
      set backfilled = excluded.backfilled, ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`
}

/** An entity exists since the earliest of its versions. */
function refreshEntities({ entity }: VersionedTable): string {
  return `
    update ${entity} e set known_at = first.known_at, backfilled = first.backfilled
    from (
      select distinct on (v.${entity}_id) v.${entity}_id, v.known_at, v.backfilled
      from ${entity}_version v
      where v.${entity}_id = any (array(select entity_id from ${DECIDED}))
      order by v.${entity}_id, v.known_at, v.backfilled desc
    ) first
    where e.${entity}_id = first.${entity}_id
      and (e.known_at, e.backfilled) is distinct from (first.known_at, first.backfilled)`
}
