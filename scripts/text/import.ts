import type { RowError } from '../../src/core/facts/import/problems.ts'
import { REMEDIES } from '../../src/core/facts/import/remedies.ts'
import { tooManyRejected } from '../../src/core/facts/import/too-many-rejected.ts'
import { countsByReason } from '../../src/jobs/facts/import/counts.ts'
import type { FileSummary, ImportSummary } from '../../src/jobs/facts/import/import.ts'

/** What becomes of rows: together, all that were read. */
export const COUNTED = ['inserted', 'updated', 'unchanged', 'duplicate', 'filtered', 'rejected'] as const

export function summaryText(summary: ImportSummary, dryRun: boolean): string {
  const { kind, counts, reasons, news, rejectsFiles, rematched, notes } = summary
  const told = Object.entries(news).map(([name, count]) => `${count} ${name}`)
  return [
    `${kind}: ${counts.read} ${counts.read === 1 ? 'row' : 'rows'} read = ${COUNTED.map((part) => `${counts[part]} ${part}`).join(' + ')}`,
    ...(dryRun ? ['  dry run: nothing was written'] : []),
    ...(told.length > 0 ? [`  news: ${told.join(', ')}`] : []),
    ...notes.map((note) => `  ${note}`),
    ...Object.entries(reasons).map(([reason, count]) => `  rejected ${reason}: ${count}`),
    ...rejectsFiles.map(
      (file) => `  ${counts.rejected === 0 ? 'unreadable cells' : 'rejected rows'} are listed in ${file}`,
    ),
    ...unmatchedNote(counts.unmatched),
    ...rematchedNote(rematched),
  ].join('\n')
}

function unmatchedNote(rows: number): string[] {
  if (rows === 0) return []
  return [
    rows === 1
      ? '  1 row belongs to no account yet; it waits for it'
      : `  ${rows} rows belong to no account yet; they wait for it`,
  ]
}

function rematchedNote(facts: number): string[] {
  if (facts === 0) return []
  return [`  ${facts === 1 ? '1 waiting fact was' : `${facts} waiting facts were`} matched to an account`]
}

export function summaryJson(summary: ImportSummary, dryRun: boolean, failed: readonly FileSummary[]) {
  const { kind, files, byFile, counts, reasons, news, rematched } = summary
  return {
    kind,
    files,
    dry_run: dryRun,
    counts,
    reasons,
    news,
    by_file: byFile.map(({ file, counts: own, rejections, news: told }) => ({
      file,
      counts: own,
      reasons: Object.fromEntries(rejections.map(({ reason, count }) => [reason, count])),
      news: told,
    })),
    too_many_rejected: failed.map(({ file }) => file),
    rematched,
    notes: summary.notes,
    rejects_files: summary.rejectsFiles,
    started_at: summary.startedAt,
    finished_at: summary.finishedAt,
  }
}

export function filesMostlyRejected({ byFile }: ImportSummary, most: number): readonly FileSummary[] {
  return byFile.filter(({ counts, rejections }) => tooManyRejected(counts, most, countsByReason(rejections)))
}

/** Why a file does not count as imported, and the way out. */
export function rejectionText({ file, counts, rejections }: FileSummary, most: number): string {
  const wanted = counts.read - counts.filtered
  const limit = counts.rejected === wanted ? '' : `, more than the ${percent(most)} of --max-rejected`
  const [commonest] = rejections
  const lines = commonest
    ? [
        `  the most frequent reason is ${commonest.reason}, ${commonest.count === 1 ? '1 row' : `${commonest.count} rows`}; the first: ${placeOf(commonest.first)}: ${commonest.first.message}`,
        `  what to do: ${REMEDIES[commonest.reason]}`,
      ]
    : []
  return [
    `${file}: ${counts.rejected} of ${wanted === 1 ? '1 row was' : `${wanted} rows were`} rejected${limit}`,
    ...lines,
  ].join('\n')
}

function placeOf({ line, column, value }: RowError): string {
  return [`line ${line}`, ...(column === null ? [] : [column]), ...(value === null ? [] : [`"${value}"`])].join(', ')
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`
}
