import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { type Problem, problem, type Reason } from '../../../../core/facts/import/problems.ts'
import type { News } from '../../../../core/facts/news/news.ts'
import type { Instant } from '../../../../core/base/time.ts'
import { writeMerges } from '../../merges.ts'
import { betterKnown, UNDATED } from '../write/accounts.ts'
import { type BatchContext, type BatchOutcome, outcomeOf, type RowAction } from '../batch.ts'
import { copyRows, KEY, type Staging } from '../write/staging.ts'

/** Rows that link two entities and cannot be stored while one of them is missing. */
export interface LinkTable {
  readonly staging: Staging
  /** The missing entities: a query of row, reason, column, value. */
  readonly missing: string
  /**
   * Rows that miss nothing and are not repeated by a later row: a query of row and turn. Rows of one link with several dates take
   * turns in the order of their lines, so that the tables do not depend on where batches are cut.
   */
  readonly kept: string
  /** Writes the rows of turn $1: a query of row, inserted (a boolean). */
  readonly write: string
  /** Rows of turn $1 that remove what is not there: a query of row. Where it stands, `write` takes as $2 the import's start, since when an undated removal is known. */
  readonly absent?: string
}

export const LINK_STAGINGS = {
  'account-links': {
    table: 'staged_account_link',
    columns: { account_external_id: KEY, kind: 'text', value: KEY, known_at: 'timestamptz', deleted: 'boolean' },
  },
  'opportunity-contacts': {
    table: 'staged_opportunity_contact',
    columns: {
      opportunity_external_id: KEY,
      contact_external_id: KEY,
      role: 'text',
      known_at: 'timestamptz',
      deleted: 'boolean',
    },
  },
  'stage-history': {
    table: 'staged_stage',
    columns: { opportunity_external_id: KEY, stage: KEY, entered_at: 'timestamptz', known_at: 'timestamptz' },
  },
} as const satisfies Record<string, Staging>

function missing(table: string, entity: string, staged: string): string {
  return `select s.row, 'unknown_${entity}' as reason, '${staged}' as column, s.${staged} as value from ${table} s
    where not exists (select from ${entity} e where e.external_id = s.${staged})`
}

const LINK_KNOWN = `known_at = case when ${betterKnown('t', 'excluded')} then excluded.known_at else t.known_at end,
          backfilled = t.backfilled and excluded.backfilled`

/** A row of a removed link adds it again, unless the row is older than the removal. */
const STILL_REMOVED = `case when not excluded.backfilled and excluded.known_at <= t.removed_at then t.removed_at end`

/** Whether a row removes a stored link `t`: a link that was added again after the row's date stays. */
function removes(row: string): string {
  return `(t.removed_at is null or ${row}.known_at < t.removed_at) and (t.backfilled or ${row}.known_at is null or t.known_at <= ${row}.known_at)`
}

/** @param key tells links apart @param said the rest of what makes two rows repeat each other */
function inTurns(key: string, said: string, columns: string, from: string): string {
  return `
  select k.*, row_number() over (partition by ${key} order by row)::int as turn from (
    select distinct on (${key}, ${said}) ${columns} from ${from} order by ${key}, ${said}, row desc
  ) k`
}

const ACCOUNT_LINKS_KEPT = inTurns(
  'kind, link, account_id',
  'known_at, deleted',
  's.row, s.kind, s.link, s.network, s.known_at, s.deleted, a.account_id, a.external_id',
  `(
    select *, case kind when 'network' then network(value::inet)::text else value end collate "C" as link,
      case kind when 'network' then network(value::inet) end as network
    from staged_account_link where kind <> 'merge'
  ) s join account a on a.external_id = s.account_external_id`,
)

const OPPORTUNITY_CONTACTS_KEPT = inTurns(
  'opportunity_id, contact_id',
  'known_at, deleted',
  `s.row, s.role, s.known_at, s.deleted, o.opportunity_id, c.contact_id, s.opportunity_external_id, s.contact_external_id`,
  `staged_opportunity_contact s
    join opportunity o on o.external_id = s.opportunity_external_id
    join contact c on c.external_id = s.contact_external_id`,
)

const STAGES_KEPT = inTurns(
  'opportunity_id, stage, entered_at',
  'known_at',
  `s.row, s.stage, s.entered_at, s.known_at, o.opportunity_id, s.opportunity_external_id`,
  `staged_stage s join opportunity o on o.external_id = s.opportunity_external_id`,
)

export const LINK_TABLES: Readonly<Record<keyof typeof LINK_STAGINGS, LinkTable>> = {
  'account-links': {
    staging: LINK_STAGINGS['account-links'],
    absent: `select k.row from (${ACCOUNT_LINKS_KEPT}) k where k.turn = $1 and k.deleted and not exists (
      select from account_link t where t.kind = k.kind and t.value = k.link and t.account_id = k.account_id)`,
    missing: missing('staged_account_link', 'account', 'account_external_id'),
    kept: ACCOUNT_LINKS_KEPT,
    write: `
      with kept as (select * from (${ACCOUNT_LINKS_KEPT}) k where k.turn = $1), written as (
        insert into account_link as t (kind, value, account_id, network, known_at, backfilled)
        select kind, link, account_id, network, coalesce(known_at, ${UNDATED}), known_at is null
        from kept where not deleted order by kind, link, external_id
        on conflict (kind, value, account_id) do update set ${LINK_KNOWN}, removed_at = ${STILL_REMOVED}
        where (${betterKnown('t', 'excluded')}) or t.removed_at is distinct from ${STILL_REMOVED}
        returning t.kind, t.value, t.account_id, t.xmax = 0 as inserted
      ), removed as (
        update account_link t set removed_at = coalesce(k.known_at, $2) from kept k
        where k.deleted and t.kind = k.kind and t.value = k.link and t.account_id = k.account_id
          and ${removes('k')}
        returning k.row, false as inserted
      )
      select * from removed union all
      select k.row, w.inserted from written w
      join kept k on k.kind = w.kind and k.link = w.value and k.account_id = w.account_id`,
  },
  'opportunity-contacts': {
    staging: LINK_STAGINGS['opportunity-contacts'],
    absent: `select k.row from (${OPPORTUNITY_CONTACTS_KEPT}) k where k.turn = $1 and k.deleted and not exists (
      select from opportunity_contact t where t.opportunity_id = k.opportunity_id and t.contact_id = k.contact_id)`,
    missing: `${missing('staged_opportunity_contact', 'opportunity', 'opportunity_external_id')}
      union all ${missing('staged_opportunity_contact', 'contact', 'contact_external_id')}`,
    kept: OPPORTUNITY_CONTACTS_KEPT,
    write: `
      with kept as (select * from (${OPPORTUNITY_CONTACTS_KEPT}) k where k.turn = $1), written as (
        insert into opportunity_contact as t (opportunity_id, contact_id, role, known_at, backfilled)
        select opportunity_id, contact_id, role, coalesce(known_at, ${UNDATED}), known_at is null
        from kept where not deleted order by opportunity_external_id, contact_external_id
        on conflict (opportunity_id, contact_id) do update set role = excluded.role, ${LINK_KNOWN}, removed_at = ${STILL_REMOVED}
        where t.role is distinct from excluded.role or (${betterKnown('t', 'excluded')})
          or t.removed_at is distinct from ${STILL_REMOVED}
        returning t.opportunity_id, t.contact_id, t.xmax = 0 as inserted
      ), removed as (
        update opportunity_contact t set removed_at = coalesce(k.known_at, $2) from kept k
        where k.deleted and t.opportunity_id = k.opportunity_id and t.contact_id = k.contact_id and ${removes('k')}
        returning k.row, false as inserted
      )
      select * from removed union all
      select k.row, w.inserted from written w
      join kept k on k.opportunity_id = w.opportunity_id and k.contact_id = w.contact_id`,
  },
  'stage-history': {
    staging: LINK_STAGINGS['stage-history'],
    missing: missing('staged_stage', 'opportunity', 'opportunity_external_id'),
    kept: STAGES_KEPT,
    write: `
      with kept as (select * from (${STAGES_KEPT}) k where k.turn = $1), written as (
        insert into stage_history as t (opportunity_id, stage, entered_at, known_at)
        select opportunity_id, stage, entered_at, known_at from kept order by opportunity_external_id, stage, entered_at
        on conflict (opportunity_id, stage, entered_at) do update set known_at = excluded.known_at
        -- A row that states no knowledge date (it then equals entered_at) leaves a stated one alone.
        where t.known_at <> excluded.known_at and excluded.known_at <> excluded.entered_at
        returning t.opportunity_id, t.stage, t.entered_at, t.xmax = 0 as inserted
      )
      select k.row, w.inserted from written w
      join kept k on k.opportunity_id = w.opportunity_id and k.stage = w.stage and k.entered_at = w.entered_at`,
  },
}

interface Turn {
  readonly row: number
  readonly turn: number
}

interface Written {
  readonly row: number
  readonly inserted: boolean
}

interface Missing {
  readonly row: number
  readonly reason: Reason
  readonly column: string
  readonly value: string
}

export async function writeLinks(
  client: PoolClient,
  table: LinkTable,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  await copyRows(client, table.staging, rows)
  const { rows: lost } = await client.query<Missing>(table.missing)
  const { rows: kept } = await client.query<Turn>(`select row, turn from (${table.kept}) k`)
  const deletes = rows.some((row) => row['deleted'] === 'true')
  const actions = new Map<number, RowAction>()
  const news = new Map<number, readonly News[]>()
  for (let row = 0; row < rows.length; row += 1) actions.set(row, 'duplicate')
  for (const { row } of kept) actions.set(row, 'unchanged')
  const turns = kept.reduce((most, { turn }) => Math.max(most, turn), 0)
  for (let turn = 1; turn <= turns; turn += 1) {
    const absent = table.absent && deletes ? (await client.query<{ row: number }>(table.absent, [turn])).rows : []
    for (const { row } of absent) news.set(row, ['nothing_to_delete'])
    const values = table.absent ? [turn, context.startedAt] : [turn]
    const { rows: written } = await client.query<Written>(table.write, values)
    for (const { row, inserted } of written) actions.set(row, inserted ? 'inserted' : 'updated')
  }
  const problems = new Map<number, Problem>()
  for (const found of lost) {
    if (rows[found.row]?.['deleted'] === 'true') {
      actions.set(found.row, 'unchanged')
      news.set(found.row, ['nothing_to_delete'])
    } else if (!problems.has(found.row)) problems.set(found.row, missingProblem(found))
  }
  if (table === LINK_TABLES['account-links']) await writeMergeRows(client, rows, { actions, problems, news })
  return outcomeOf(
    rows.length,
    actions,
    [...problems].map(([row, found]) => ({ row, problem: found })),
    0,
    news,
  )
}

interface Found {
  readonly actions: Map<number, RowAction>
  readonly problems: Map<number, Problem>
  readonly news: Map<number, readonly News[]>
}

/** Rows that merge two accounts. Exports leave out accounts that were merged long ago: those need no merge. */
async function writeMergeRows(
  client: PoolClient,
  rows: readonly StagedRow[],
  { actions, problems, news }: Found,
): Promise<void> {
  const places = rows.flatMap(({ kind }, row) => (kind === 'merge' ? [row] : []))
  if (places.length === 0) return
  const wanted = places.map((place) => {
    const { value, account_external_id: into, known_at: knownAt } = rows[place] ?? {}
    return { from: value ?? '', into: into ?? '', knownAt: (knownAt ?? null) as Instant | null }
  })
  for (const [index, outcome] of (await writeMerges(client, wanted, null)).entries()) {
    const [place = 0, merge] = [places[index], wanted[index]]
    if (outcome.kind === 'unknown_account' && outcome.externalId === merge?.from) {
      actions.set(place, 'unchanged')
      news.set(place, ['nothing_to_merge'])
    } else if (outcome.kind === 'unknown_account') {
      const column = 'account_external_id'
      problems.set(place, missingProblem({ row: place, reason: 'unknown_account', column, value: outcome.externalId }))
    } else if (outcome.kind === 'refused') {
      problems.set(place, problem('merge_refused', 'value', merge?.from ?? null, outcome.message))
    } else actions.set(place, outcome.kind)
  }
}

function missingProblem({ reason, column, value }: Missing): Problem {
  return problem(reason, column, value, `we have no ${reason.replace('unknown_', '')} of this id: import it first`)
}
