import { type Kysely, sql } from 'kysely'
import type { FieldKind } from '../../core/qualification/segments/fields.ts'
import type { SegmentDefinition } from '../../core/qualification/segments/segment.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../database/tables/schema.ts'
import { storedBy } from '../features/stored-by.ts'

export interface StoredSegment extends SegmentDefinition {
  readonly name: string
  readonly source: 'file' | 'api'
  readonly revision: number
  /** Since when it has this definition. */
  readonly updatedAt: Instant
  readonly updatedBy: string | null
  /** When all accounts were evaluated with this definition; null: not yet. */
  readonly evaluatedAt: Instant | null
  readonly members: number
}

interface SegmentRow {
  readonly name: string
  readonly source: 'file' | 'api'
  readonly revision: number
  readonly definition: SegmentDefinition
  readonly stored_at: Instant
  readonly actor: string | null
  readonly evaluated_at: Instant | null
  readonly members: number
}

/** In the order of their names, without deleted ones. @param name of this name only */
export async function listSegments(
  db: Kysely<Database>,
  { limit, after, name }: { readonly limit: number; readonly after?: string | undefined; readonly name?: string },
): Promise<readonly StoredSegment[]> {
  const { rows } = await sql<SegmentRow>`
    select s.name, r.source, s.revision, r.definition, r.stored_at, r.actor,
      case when s.evaluated_revision = s.revision then s.evaluated_at end as evaluated_at,
      (
        select count(*) from segment_member m join account_score a on a.account_id = m.account_id where m.segment = s.name
      ) as members
    from segment s join segment_revision r on r.name = s.name and r.revision = s.revision
    where r.definition is not null
      ${after === undefined ? sql`` : sql`and s.name > ${after}::key_text`}
      ${name === undefined ? sql`` : sql`and s.name = ${name}`}
    order by s.name limit ${limit}`.execute(db)
  return rows.map((row) => ({
    ...row.definition,
    name: row.name,
    source: row.source,
    revision: row.revision,
    updatedAt: row.stored_at,
    updatedBy: row.actor,
    evaluatedAt: row.evaluated_at,
    members: row.members,
  }))
}

export async function findSegment(db: Kysely<Database>, name: string): Promise<StoredSegment | undefined> {
  const [found] = await listSegments(db, { limit: 1, name })
  return found
}

/** Whether a segment of this name existed at an instant. */
export async function wasSegment(db: Kysely<Database>, name: string, at: Instant): Promise<boolean> {
  const row = await db
    .selectFrom('segment_revision as r')
    .select('r.definition')
    .where('r.name', '=', name)
    .where(storedBy('segment_revision', 'r', at))
    .orderBy('r.revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  return (row?.definition ?? null) !== null
}

/** A segment's revision in force; the definition of a deleted one is null. */
export interface SegmentRevision {
  readonly name: string
  readonly source: 'file' | 'api'
  readonly revision: number
  readonly evaluatedRevision: number
  readonly definition: SegmentDefinition | null
}

/** Segments in force, and deleted ones that still have members. */
export async function listRevisions(db: Kysely<Database>): Promise<readonly SegmentRevision[]> {
  const rows = await db
    .selectFrom('segment as s')
    .innerJoin('segment_revision as r', (join) =>
      join.onRef('r.name', '=', 's.name').onRef('r.revision', '=', 's.revision'),
    )
    .select(['s.name', 'r.source', 's.revision', 's.evaluated_revision', 'r.definition'])
    .where((eb) => eb.or([eb('r.definition', 'is not', null), eb('s.evaluated_revision', '<', eb.ref('s.revision'))]))
    .orderBy('s.name')
    .execute()
  return rows.map((row) => ({
    name: row.name,
    source: row.source,
    revision: row.revision,
    evaluatedRevision: row.evaluated_revision,
    definition: row.definition,
  }))
}

/** Whether any segment was created, changed or deleted since it was last evaluated. */
export async function hasChangedSegments(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql`select from segment where evaluated_revision < revision limit 1`.execute(db)
  return rows.length > 0
}

/** Serialises transactions that create, change or delete segments. */
export async function lockSegments(transaction: Kysely<Database>): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('winrate.segments'))`.execute(transaction)
}

/** A new revision of a segment, which may be its first. @param definition null: deleted */
export async function writeRevision(
  transaction: Kysely<Database>,
  name: string,
  source: 'file' | 'api',
  definition: SegmentDefinition | null,
  actor: string | null,
): Promise<void> {
  await sql`
    with next as (
      insert into segment as s (name, revision) values (${name}, 1)
      on conflict (name) do update set revision = s.revision + 1
      returning s.name, s.revision
    )
    insert into segment_revision (name, revision, source, definition, actor)
    select next.name, next.revision, ${source}, ${definition && JSON.stringify(definition)}::jsonb, ${actor}
    from next`.execute(transaction)
}

/** Notes that all accounts were evaluated with these revisions; a segment that has changed since is evaluated again. */
export async function markEvaluated(
  transaction: Kysely<Database>,
  evaluated: readonly SegmentRevision[],
): Promise<void> {
  const changed = evaluated.filter(({ revision, evaluatedRevision }) => revision !== evaluatedRevision)
  if (changed.length === 0) return
  await sql`
    update segment s set evaluated_revision = e.revision, evaluated_at = clock_timestamp()
    from unnest(${changed.map(({ name }) => name)}::text[], ${changed.map(({ revision }) => revision)}::integer[])
      as e (name, revision)
    where s.name = e.name and s.evaluated_revision < e.revision`.execute(transaction)
}

const OBSERVED_ROWS = 1_000
const KINDS: Readonly<Record<string, FieldKind['kind']>> = {
  string: 'text',
  number: 'number',
  boolean: 'boolean',
  array: 'list',
}

/** The JSON types of each of these attributes in the data, without attributes that no account has. */
export async function listAttributeKinds(
  db: Kysely<Database>,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly FieldKind['kind'][]>> {
  const { rows } = await sql<{ name: string; types: readonly string[] }>`
    select n.name, array_agg(distinct seen.type order by seen.type) as types
    from unnest(${[...names]}::text[]) as n (name)
    cross join lateral (
      select jsonb_typeof(v.attributes -> n.name) as type from account_version v
      where v.attributes ? n.name limit ${OBSERVED_ROWS}
    ) seen
    group by n.name`.execute(db)
  return new Map(
    rows.map(({ name, types }) => [name, types.flatMap((type) => (KINDS[type] ? [KINDS[type]] : []))] as const),
  )
}
