import type { Pool, PoolClient } from 'pg'
import { DEFAULT_PROVIDER_LAG_DAYS, DEFAULT_SOURCE, type Defaults } from '../../../core/facts/import/complete-row.ts'
import { jsonRowReader } from '../../../core/facts/import/json-rows.ts'
import type { ImportKind } from '../../../core/facts/import/kinds.ts'
import { inTheWordsOf } from '../../../core/facts/import/mapped-columns.ts'
import { countsRows, type Mapping, standardMapping } from '../../../core/facts/import/mapping.ts'
import { canonicalJson, sha256Of } from '../../../core/base/json-hash.ts'
import { type NewsCounts, newsNotes, sumOfNews } from '../../../core/facts/news/news.ts'
import { rowReader } from '../../../core/facts/import/read-row.ts'
import type { Instant } from '../../../core/base/time.ts'
import { AppError } from '../../../errors.ts'
import { finishImport } from '../../../store/facts/import/finish.ts'
import { type BatchContext, inDryRun } from '../../../store/facts/import/batch.ts'
import { keepToOrder } from '../../../store/facts/history-order.ts'
import { beginImport, recordImportRuns } from '../../../store/facts/import/import-run.ts'
import { prepareSession, writeBatch } from '../../../store/facts/import/write/write.ts'
import { createListedParts } from '../../../store/facts/import/write/listed-parts.ts'
import { claimNotes, takenBackNote } from './claim-notes.ts'
import { withClient } from '../../../store/database/with-client.ts'
import {
  countsByReason,
  createTally,
  type ImportCounts,
  type ReasonCounts,
  type Rejections,
  sumOfCounts,
  type Tally,
} from './counts.ts'
import { fileNotation } from './file-notation.ts'
import { type Findings, notesOfFiles } from './findings.ts'
import { checkFile, type CheckedFile, type InputFile, placeOf, readBatches, type ReadOptions } from './read-file.ts'
import type { Batch } from './reading/sink.ts'
import { planRejects, type RejectsFile } from './rejects.ts'

export interface ImportOptions {
  readonly kind: ImportKind
  readonly files: readonly InputFile[]
  readonly mapping?: Mapping | undefined
  /** The mapping comes with the product: a file that clearly is something else is refused, and told what it looks like. */
  readonly isPreset?: boolean | undefined
  /** The source (for intent signals: the provider) of rows that name none. Default: the mapping's, else `crm`. */
  readonly source?: string | undefined
  /** Default: the mapping's, else found out. */
  readonly encoding?: Mapping['encoding']
  readonly delimiter?: Mapping['delimiter']
  readonly sheet?: Mapping['sheet']
  /** Of amounts without a currency. Default: the mapping's. */
  readonly currency?: Mapping['currency']
  /** A cell that cannot be read costs the row, also where the field is optional. Default: the mapping's, else not. */
  readonly strict?: boolean | undefined
  /** The sign before the decimals, where a number could be read two ways. Default: the mapping's, else what the file shows. */
  readonly decimal?: Mapping['decimal']
  /** An IANA time zone, of times without an offset and of days. Default: the mapping's, else UTC for days. */
  readonly timeZone?: string | undefined
  /** One file for all rejected rows. Default: `rejects/<kind>-<file>-<hash of its path>.csv` for each file. */
  readonly rejectsFile?: string | RejectsFile | undefined
  /** Undated rows that say something else correct what is stored, and with it the past. Default: they are news. */
  readonly amend?: boolean | undefined
  /** Everything is checked and counted, and nothing is written but the rejects file. */
  readonly dryRun?: boolean | undefined
  readonly batchRows?: number | undefined
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  /** Ends the import after the batch that is being written. */
  readonly signal?: AbortSignal | undefined
}

export interface ImportProgress {
  readonly file: string
  /** Of this file. */
  readonly counts: ImportCounts
  /** The part of the file that was read, in [0, 1]. */
  readonly progress: number
}

export interface FileSummary {
  readonly file: string
  readonly counts: ImportCounts
  /** The commonest reason first. */
  readonly rejections: readonly Rejections[]
  readonly findings: Findings
  readonly news: NewsCounts
}

export interface ImportSummary {
  readonly kind: ImportKind
  readonly files: readonly string[]
  readonly byFile: readonly FileSummary[]
  readonly counts: ImportCounts
  readonly reasons: ReasonCounts
  /** What rows say beside being new. */
  readonly news: NewsCounts
  /** Files of rejected rows that were written. */
  readonly rejectsFiles: readonly string[]
  /** Facts that had been waiting for an account and found one. */
  readonly rematched: number
  /** What else the reader should know, such as an encoding that was not stated. */
  readonly notes: readonly string[]
  readonly startedAt: Instant
  readonly finishedAt: Instant
}

const BATCH_ROWS = 10_000

/**
 * Imports files of one kind of fact. Each batch is one transaction: killed in the middle, whole batches are there, and
 * running it again gives the same tables as one undisturbed run.
 * @throws AppError ImportRefused when a file cannot be read or its header does not fit; no file was touched then, save
 *   for a fault further down in a file, which names its line.
 */
export async function importFiles(pool: Pool, options: ImportOptions): Promise<ImportSummary> {
  const reading = readingOf(options)
  const files: CheckedFile[] = []
  for (const file of options.files) files.push(await checkFile(file, reading))
  const inputs = files.map(({ name }) => name)
  const rejectsOf = await planRejects(options.kind, inputs, options.rejectsFile)
  return await withClient(pool, (client) => {
    const work = () => importAll(client, options, reading, files, rejectsOf)
    return options.dryRun ? inDryRun(client, work) : work()
  })
}

/** What is stated for this import comes before what the mapping says. */
function statedMapping(options: ImportOptions): Mapping {
  const { encoding, delimiter, sheet, decimal, currency, timeZone, strict } = options
  return {
    ...(options.mapping ?? standardMapping(options.kind)),
    ...(encoding && { encoding }),
    ...(delimiter && { delimiter }),
    ...(sheet !== undefined && { sheet }),
    ...(decimal && { decimal }),
    ...(currency !== undefined && { currency }),
    ...(timeZone !== undefined && { time_zone: timeZone }),
    ...(strict !== undefined && { strict }),
  }
}

/** How the rows of files are read. @throws AppError ImportRefused when the mapping does not go with the kind or the files */
export function readingOf(options: ImportOptions, mapping = statedMapping(options), order?: string): ReadOptions {
  if (mapping.kind !== options.kind) {
    throw new AppError('ImportRefused', `the mapping is for ${mapping.kind}, and the import for ${options.kind}`)
  }
  if (options.files.length > 1 && (countsRows(mapping, 'source_id') || countsRows(mapping, 'external_id'))) {
    throw new AppError(
      'ImportRefused',
      'ids made of row numbers collide between files: import one file, with its own source',
    )
  }
  const stated = options.source ?? mapping.source
  const defaults: Defaults = {
    source: stated ?? DEFAULT_SOURCE,
    provider: stated,
    initiatedBy: mapping.initiated_by ?? 'sales',
    declaredEvidence: mapping.evidence !== undefined,
    providerLagDays: mapping.provider_lag_days ?? DEFAULT_PROVIDER_LAG_DAYS,
    currency: mapping.currency,
    strict: mapping.strict,
    order,
    assumesUtc: options.isPreset === true && options.timeZone === undefined && mapping.time_zone === 'UTC',
  }
  return {
    mapping,
    hasDefaultSource: stated !== undefined,
    isPreset: options.isPreset ?? false,
    batchRows: options.batchRows ?? BATCH_ROWS,
    rowReader: (plan) => rowReader(plan, defaults),
    jsonReader: () => jsonRowReader(mapping, stated !== undefined, (plan, lists) => rowReader(plan, defaults, lists)),
  }
}

/** What could be read two ways is settled by the file as a whole. */
async function readingOfFile(file: CheckedFile, options: ImportOptions, reading: ReadOptions, order?: string) {
  const notation = await fileNotation(file, reading)
  return readingOf(options, { ...reading.mapping, ...(notation && { notation }) }, order)
}

async function importAll(
  client: PoolClient,
  options: ImportOptions,
  reading: ReadOptions,
  checked: readonly CheckedFile[],
  rejectsOf: (input: string) => RejectsFile,
): Promise<ImportSummary> {
  const { kind } = options
  const files = checked.map(({ name }) => name)
  await prepareSession(client, kind)
  const order = await keepToOrder(client, kind, reading.mapping.order?.column)
  const fingerprint = fingerprintOf(options, reading, checked)
  const startedAt = await beginImport(client, fingerprint, { kind, files })
  const context = contextOf(options, reading.mapping, startedAt)
  if (context.isParted) await createListedParts(client)
  const byFile: FileSummary[] = []
  const rejectsFiles = new Set<string>()
  try {
    for (const file of checked) {
      const rejects = rejectsOf(file.name)
      const tally = createTally()
      const ownReading = await readingOfFile(file, options, reading, order)
      await importFile(client, file, options, ownReading, context, rejects, tally)
      if (file === checked.findLast(({ name: other }) => rejectsOf(other) === rejects)) await rejects.close()
      const summary = {
        file: file.name,
        counts: tally.counts(),
        rejections: tally.rejections(),
        findings: tally.findings.all(),
        news: tally.news(),
      }
      if (summary.counts.rejected > 0 || summary.findings.unreadable.length > 0) rejectsFiles.add(rejects.path)
      byFile.push(summary)
    }
  } finally {
    for (const file of checked) await rejectsOf(file.name).close()
  }
  const { rematched, shared, near, takenBack } = await finishImport(client, kind, context)
  const runs = byFile.map(({ file, counts, rejections }) => {
    return { kind, files: [placeOf(file, checked)], counts, reasons: countsByReason(rejections), startedAt }
  })
  const finishedAt = await recordImportRuns(client, fingerprint, startedAt, runs)
  const news = sumOfNews(byFile.map((file) => file.news))
  return {
    kind,
    files,
    byFile,
    counts: sumOfCounts(byFile.map(({ counts }) => counts)),
    reasons: countsByReason(byFile.flatMap(({ rejections }) => rejections)),
    news,
    rejectsFiles: [...rejectsFiles],
    rematched,
    notes: [
      ...checked.flatMap((file) => file.notes),
      ...notesOfFiles(byFile),
      ...newsNotes(news),
      ...takenBackNote(takenBack),
      ...claimNotes(kind, shared, near),
    ],
    startedAt,
    finishedAt,
  }
}

/** While the server writes one batch the next is read: the two take about as long. */
async function importFile(
  client: PoolClient,
  checked: CheckedFile,
  options: ImportOptions,
  reading: ReadOptions,
  context: BatchContext,
  rejects: RejectsFile,
  tally: Tally,
): Promise<void> {
  const file = checked.name
  let writing: Promise<void> = Promise.resolve()
  const write = async (batch: Batch) => {
    await rejects.write(file, batch.rejected)
    if (batch.rows.length + batch.emptied.length > 0) {
      const outcome = await writeBatch(client, options.kind, batch.rows, {
        ...context,
        emptied: batch.emptied,
      }).catch((error: unknown) => failBatch(file, batch, error))
      tally.written(outcome, batch)
      const rejected = outcome.rejected.map((found) => inTheWordsOf(reading.mapping, batch.lines, found))
      for (const error of rejected) tally.rejected(error)
      await rejects.write(file, rejected)
    }
    options.onProgress?.({ file, counts: tally.counts(), progress: batch.progress })
  }
  try {
    for await (const batch of readBatches(checked, reading, tally)) {
      await writing
      options.signal?.throwIfAborted()
      writing = write(batch)
      // Its failure is met at the next await; until then it must not count as unhandled.
      writing.catch(() => undefined)
    }
  } finally {
    await writing
  }
}

function contextOf(options: ImportOptions, mapping: Mapping, startedAt: Instant): BatchContext {
  const { amend = false, dryRun = false } = options
  const { tie_visitors: tieVisitors = true, rows_per: parts } = mapping
  return { startedAt, amend, dryRun, tieVisitors, isParted: parts !== undefined }
}

/** Two imports of one fingerprint write the same. */
function fingerprintOf(options: ImportOptions, { mapping }: ReadOptions, checked: readonly CheckedFile[]): string {
  const { kind, source = null, amend = false } = options
  return sha256Of([canonicalJson({ kind, source, amend, mapping, files: checked.map(({ sha256 }) => sha256) })])
}

function failBatch(file: string, batch: Batch, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const lines = `lines ${batch.lines[0]} to ${batch.lines.at(-1)}`
  throw new AppError('ImportFailed', `${file}: ${lines} could not be written, those before are: ${reason}`, { cause })
}
