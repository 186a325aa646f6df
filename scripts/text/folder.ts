import { counted } from '../../src/core/base/counted.ts'
import { shownMapping } from '../../src/core/facts/recognition/choose.ts'
import type { RecognisedSummary } from '../../src/jobs/facts/import/folder/import-recognised.ts'
import type { NotImported } from '../../src/jobs/facts/import/folder/recognise-files.ts'
import { COUNTED, summaryJson, summaryText, filesMostlyRejected } from './import.ts'

export interface FolderResult {
  readonly summaries: readonly RecognisedSummary[]
  readonly notImported: readonly NotImported[]
  readonly companions: readonly string[]
  readonly passedOver: readonly string[]
}

/** One summary of all files: what each was read as and what it brought, then what was not read. */
export function folderText(result: FolderResult, dryRun: boolean): string {
  const { summaries, notImported, companions, passedOver } = result
  const counts = summaries.map(({ summary }) => summary.counts)
  const total = (part: 'read' | (typeof COUNTED)[number]) => counts.reduce((sum, one) => sum + one[part], 0)
  const parts = COUNTED.map((part) => `${total(part).toLocaleString('en-US')} ${part}`)
  const files = new Set(summaries.flatMap(({ summary }) => summary.files)).size
  return [
    ...summaries.flatMap(({ mapping, summary, readAgain }) => [
      `${summary.files.join(', ')}: ${shownMapping(mapping)}`,
      ...readAgain.map((file) => `  read again: ${file} holds these too`),
      summaryText(summary, dryRun).replaceAll(/^/gm, '  '),
    ]),
    ...companions.map((file) => `${file}: read together with its table`),
    ...(passedOver.length > 0 ? [`not tables, passed over: ${passedOver.join(', ')}`] : []),
    ...notImported.map(({ file, reason }) => `NOT IMPORTED ${file}: ${reason}`),
    '',
    `${counted(files, 'file')} of ${files + notImported.length} imported: ${counted(total('read'), 'row')} read = ${parts.join(' + ')}`,
  ].join('\n')
}

export function folderJson({ summaries, ...rest }: FolderResult, dryRun: boolean, mostRejected: number) {
  return {
    dry_run: dryRun,
    imported: summaries.map(({ mapping, summary, readAgain }) => ({
      preset: `${mapping.system}/${mapping.name}`,
      read_again: readAgain,
      ...summaryJson(summary, dryRun, filesMostlyRejected(summary, mostRejected)),
    })),
    not_imported: rest.notImported,
    companions: rest.companions,
    passed_over: rest.passedOver,
  }
}

/** @param given the files and folders that were named */
export function noTablesText(given: readonly string[], passedOver: readonly string[]): string {
  if (given.length === 0) return 'nothing to import: name files, or a folder of them'
  const others = passedOver.length === 0 ? '' : `; passed over: ${passedOver.join(', ')}`
  return `${given.join(', ')}: no tables there (CSV, TSV, JSON, JSON Lines, plain or gzip, Parquet or Excel)${others}`
}
