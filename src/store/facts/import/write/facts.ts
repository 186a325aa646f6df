import type { PoolClient } from 'pg'
import type { StagedRow } from '../../../../core/facts/import/complete-row.ts'
import { RECORD } from '../../../../core/facts/import/reading/rows-per.ts'
import { type BatchContext, type BatchOutcome, NO_NEWS, type NewsByRow } from '../batch.ts'
import { factStatements } from './fact-statements.ts'
import type { FactTable } from './fact-tables.ts'
import { learnDomainNames } from '../match/domain-names.ts'
import { mayTie, noteTies, statePeriods } from '../match/visitor-ties.ts'
import { writeFeedStarts } from './feed-start.ts'
import { lockFacts } from './lock-facts.ts'
import { copyRows } from './staging.ts'

interface Counts {
  readonly kept: number
  readonly unmatched: number
  readonly reverted: number
  readonly moved: number
}
interface Written {
  readonly inserted: number
  readonly updated: number
  readonly unmatched: number
}

export async function writeFacts(
  client: PoolClient,
  fact: FactTable,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<BatchOutcome> {
  const statements = factStatements(fact)
  await copyRows(client, fact.staging, rows)
  // Without the lock, two concurrent imports would both write the first version of a fact.
  if (!context.dryRun) await lockFacts(client, fact)
  await learnDomainNames(client, rows)
  const { news, parts } = rows.some((row) => row['deleted'] === 'true')
    ? await completeDeletions(client, fact, rows)
    : NO_DELETIONS
  const { written, successions, restated } = await writeVersions(client, fact, rows, context)
  if (fact.table === 'activity') {
    const followed = successions.length > 0
    const notes = context.tieVisitors !== false && mayTie(rows)
    if (notes) await noteTies(client)
    if (notes || followed) await statePeriods(client, followed)
  }
  await writeFeedStarts(client, fact)
  const { rows: counted } = await client.query<Counts>(statements.count)
  const { kept, unmatched, reverted, moved } = counted[0] ?? { kept: 0, unmatched: 0, reverted: 0, moved: 0 }
  const sum = (part: keyof Written) => written.reduce((total, counts) => total + counts[part], 0)
  const added = sum('inserted') - moved
  const changed = sum('updated') + restated + reverted + moved
  // A row that takes back several parts of its record is one row.
  const versions = Math.max(0, added - parts)
  const updated = changed - (parts - (added - versions))
  // An equal version with another date is kept, since a correction between the two may still arrive.
  const repeated = Math.min(versions, successions.filter(({ same }) => same).length)
  return {
    inserted: versions - repeated,
    updated,
    // A deletion of what is not here has nothing to do.
    unchanged: kept - parts - versions - updated + news.size,
    duplicate: rows.length - (kept - parts) - news.size + repeated,
    rejected: [],
    unmatched: unmatched + sum('unmatched'),
    news,
  }
}

interface WrittenVersions {
  readonly written: readonly Written[]
  /** For each version with a new successor: whether the two are equal. */
  readonly successions: readonly { readonly same: boolean }[]
  readonly restated: number
}

async function writeVersions(
  client: PoolClient,
  fact: FactTable,
  rows: readonly StagedRow[],
  context: BatchContext,
): Promise<WrittenVersions> {
  const statements = factStatements(fact)
  const repeats = new Set(rows.map((row) => fact.key.map((name) => row[name]).join('\0'))).size < rows.length
  if (repeats) await client.query(statements.dropDuplicates)
  const { rows: looked } = await client.query<{ stored: boolean }>(statements.isStored)
  const isNews = !repeats && looked[0]?.stored === false
  const written: Written[] = []
  const write = async (decided: boolean) => {
    const { rows: counts } = isNews
      ? await client.query<Written>(statements.writeNew)
      : await client.query<Written>(statements.write, [decided])
    written.push(...counts)
  }
  if (isNews) {
    if (rows.some((row) => row['known_at'] === null))
      await client.query(statements.decide, [context.startedAt, context.amend])
    await write(false)
    return { written, successions: [], restated: 0 }
  }
  let restated = 0
  if (rows.some((row) => row['known_at'] !== null)) {
    restated = (await client.query(statements.stateAssumed)).rowCount ?? 0
    await write(false)
  }
  if (rows.some((row) => row['known_at'] === null)) {
    await client.query(statements.decide, [context.startedAt, context.amend])
    await client.query(statements.dropReplaced)
    await write(true)
  }
  const { rows: successions } = await client.query<{ same: boolean }>(statements.supersede)
  return { written, successions, restated }
}

interface Deletions {
  /** Of those that bring a key alone, of facts that are not here: they are passed over. */
  readonly news: NewsByRow
  /** The facts that they take back beyond one a row. */
  readonly parts: number
}

const NO_DELETIONS: Deletions = { news: NO_NEWS, parts: 0 }

async function completeDeletions(client: PoolClient, fact: FactTable, rows: readonly StagedRow[]): Promise<Deletions> {
  const statements = factStatements(fact)
  const taking = await stageParts(client, fact, rows)
  await client.query(statements.fillDeleted)
  const { rows: lost } = await client.query<{ row: number }>(statements.takeUnknown)
  // A record that was parted is stored by its parts alone.
  const standing = new Set(lost.map(({ row }) => row).filter((row) => taking.includes(row)))
  const nothing = lost.filter(({ row }) => !standing.has(row))
  return { news: new Map(nothing.map(({ row }) => [row, ['nothing_to_delete']])), parts: taking.length - standing.size }
}

/** @returns for each part of a record that is taken back, the row that does it */
async function stageParts(client: PoolClient, fact: FactTable, rows: readonly StagedRow[]): Promise<readonly number[]> {
  const records = rows.flatMap(({ [RECORD]: record, deleted }, row) =>
    record && deleted === 'true' ? [{ row, record }] : [],
  )
  if (records.length === 0) return []
  const { rows: taken } = await client.query<{ by: number }>(factStatements(fact).stageParts, [
    records.map(({ row }) => row),
    records.map(({ record }) => record),
    rows.length,
  ])
  return taken.map(({ by }) => by)
}
