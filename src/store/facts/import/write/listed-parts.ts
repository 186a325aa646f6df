import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import type { Instant } from '../../../../core/base/time.ts'
import type { ImportKind } from '../../../../core/facts/import/kinds.ts'
import { LISTED, RECORD } from '../../../../core/facts/import/reading/rows-per.ts'
import { type BatchContext, LISTED_PARTS } from '../batch.ts'
import { FACT_TABLES } from './fact-tables.ts'
import { KEY } from './staging.ts'

/**
 * A record that lists its parts, as an engagement its contacts, names all of them in an import: what it named before and names
 * no longer is taken back at the end. Its parts may stand in several rows, of several batches and files.
 */
export async function createListedParts(client: PoolClient): Promise<void> {
  await client.query(`drop table if exists pg_temp.${LISTED_PARTS}`)
  await client.query(
    `create temporary table ${LISTED_PARTS} (source ${KEY}, record ${KEY}, part ${KEY}, known_at timestamptz)`,
  )
}

/** Of rows that list the parts of their record. A part is null where the record lists none. */
export async function noteListedParts(
  client: PoolClient,
  kind: ImportKind,
  rows: readonly StagedRow[],
  { emptied = [] }: Pick<BatchContext, 'emptied'>,
): Promise<void> {
  const part = kind === 'opportunity-contacts' ? 'contact_external_id' : 'source_id'
  // A deletion takes back all parts of its record by itself.
  const listed = [...rows, ...emptied].filter(({ [LISTED]: list, deleted }) => list === 'true' && deleted !== 'true')
  if (listed.length === 0) return
  const textsOf = (column: string) => listed.map((row) => row[column] ?? null)
  await client.query(
    `insert into ${LISTED_PARTS} (source, record, part, known_at) select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])`,
    [textsOf('source'), textsOf(RECORD), textsOf(part), textsOf('known_at')],
  )
}

interface UnlistedFact {
  readonly source_id: string
  readonly source: string
  readonly known_at: Instant | null
}

interface UnlistedContact {
  readonly opportunity_external_id: string
  readonly contact_external_id: string
  readonly known_at: Instant | null
}

/**
 * Rows that take back what the records of the import no longer name, since the date that the record states, or else since the
 * import. What was known later than the record's date stays.
 */
export async function unlistedParts(client: PoolClient, kind: ImportKind): Promise<readonly StagedRow[]> {
  const facts = unlistedFacts(kind)
  if (kind !== 'opportunity-contacts' && facts === undefined) return []
  await client.query(`create index on ${LISTED_PARTS} (record, part); analyze ${LISTED_PARTS}`)
  const { rows } =
    facts === undefined
      ? await client.query<UnlistedContact>(UNLISTED_CONTACTS)
      : await client.query<UnlistedFact>(facts)
  return rows.map((row) => ({ ...row, deleted: 'true' }))
}

const RECORDS = `select source, record, case when bool_or(known_at is null) then null else max(known_at) end as known_at
  from ${LISTED_PARTS} group by source, record`

/** The date of the record, unless the part was known then already: since when it is no longer named is not known. */
const SINCE = `nullif(r.known_at, t.known_at)`
const IS_OLDER = `(r.known_at is null or t.known_at <= r.known_at)`

function unlistedFacts(kind: ImportKind): string | undefined {
  if (!(kind in FACT_TABLES)) return undefined
  const { table, key } = FACT_TABLES[kind as keyof typeof FACT_TABLES]
  if (!key.some((name) => name === 'source_id')) return undefined
  const parts = (condition: string) =>
    `select t.source_id, t.known_at from ${table} t
      where t.source = r.source and ${condition} and t.superseded_at is null and not t.deleted`
  return `
    select t.source_id, r.source, ${SINCE} as known_at from (${RECORDS}) r cross join lateral (
      ${parts('t.source_id = r.record')} union all ${parts("t.source_id > r.record || '/' and t.source_id < r.record || '0'")}
    ) t
    where ${IS_OLDER}
      and not exists (select from ${LISTED_PARTS} l where l.record = r.record and l.source = r.source and l.part = t.source_id)
    order by r.source, t.source_id`
}

const UNLISTED_CONTACTS = `
  select r.record as opportunity_external_id, c.external_id as contact_external_id, ${SINCE} as known_at
  from (${RECORDS}) r
  join opportunity o on o.external_id = r.record
  join opportunity_contact t on t.opportunity_id = o.opportunity_id and t.removed_at is null
  join contact c on c.contact_id = t.contact_id
  where ${IS_OLDER} and not exists (select from ${LISTED_PARTS} l where l.record = r.record and l.part = c.external_id)
  order by 1, 2`
