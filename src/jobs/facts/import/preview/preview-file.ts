import { planRows } from '../../../../core/facts/import/header.ts'
import type { Mapping } from '../../../../core/facts/import/mapping.ts'
import { missingFields, type MissingField } from '../../../../core/facts/preview/column-names.ts'
import { mappingToEdit } from '../../../../core/facts/preview/edit-mapping.ts'
import {
  type ColumnPreview,
  type OutcomePreview,
  previewColumns,
  previewOutcomes,
  type UnmappedValue,
  unmappedValues,
} from '../../../../core/facts/preview/preview-rows.ts'
import type { KnownMapping } from '../../../../core/facts/recognition/recognise.ts'
import { whyNot, choiceOf, type RecognitionOptions } from '../folder/recognise-files.ts'
import { readingOf } from '../import.ts'
import { type FileHead, readHead } from './read-head.ts'

/** So many rows of each file are looked at. */
export const PREVIEW_ROWS = 1000

export interface FilePreview {
  readonly file: string
  readonly format: FileHead['format']
  readonly encoding: FileHead['encoding']
  readonly rows: number
  readonly isWhole: boolean
  readonly malformed: number
  /** How it would be read; undefined when nothing fits. */
  readonly mapping: KnownMapping | undefined
  /** Why nothing fits. */
  readonly reason: string | undefined
  /** What the header lacks for it to be imported. */
  readonly refused: readonly string[]
  readonly columns: readonly ColumnPreview[]
  readonly unmapped: readonly UnmappedValue[]
  readonly missing: readonly MissingField[]
  readonly outcome: OutcomePreview | undefined
  /** To be edited, of what fits or is nearest. */
  readonly toEdit: Mapping | undefined
}

export interface PreviewOptions extends RecognitionOptions {
  /** Read by this mapping, whatever the columns say. */
  readonly forced?: KnownMapping | undefined
  /** Added to the mapping. */
  readonly added?: Partial<Mapping> | undefined
  readonly decimal?: Mapping['decimal']
  readonly timeZone?: string | undefined
}

/** What an import of the file would make of its first rows. Nothing is stored. */
export async function previewFile(
  file: string,
  known: readonly KnownMapping[],
  options: PreviewOptions,
): Promise<FilePreview> {
  const { encoding, delimiter, source, forced } = options
  const head = await readHead(file, { rows: PREVIEW_ROWS, encoding, delimiter })
  const choice = forced ? ({ kind: 'fits', mapping: forced } as const) : choiceOf(head, known, source)
  const nearest = choice.kind === 'none' ? choice.nearest : undefined
  const chosen = choice.kind === 'fits' ? choice.mapping : undefined
  const shown = chosen ?? nearest
  const seen = {
    file,
    format: head.format,
    encoding: head.encoding,
    rows: head.rows.length,
    isWhole: head.isWhole,
    malformed: head.malformed,
    mapping: chosen,
    reason: choice.kind === 'fits' ? undefined : whyNot(choice, head.names),
    columns: previewColumns(head.names, head.rows, shown?.mapping),
    missing: shown ? missingFields(shown.mapping, head.names) : [],
    toEdit: shown && mappingToEdit(shown, head.names),
  }
  return { ...seen, ...(chosen ? outcomeOf(head, chosen, options) : { refused: [], unmapped: [], outcome: undefined }) }
}

function outcomeOf(
  head: FileHead,
  { mapping: given }: KnownMapping,
  { source, added, decimal, timeZone }: PreviewOptions,
): Pick<FilePreview, 'refused' | 'unmapped' | 'outcome'> {
  const mapping = {
    ...given,
    ...added,
    ...(decimal !== undefined && { decimal }),
    ...(timeZone !== undefined && { time_zone: timeZone }),
  }
  const reading = readingOf({ kind: mapping.kind, files: [head.path], mapping, source }, mapping)
  const result = planRows(head.names, mapping, reading.hasDefaultSource)
  if (result.kind === 'refused') return { refused: result.problems, unmapped: [], outcome: undefined }
  const readCells = reading.rowReader(result.plan)
  const readObject = reading.jsonReader()
  const outcomes =
    head.format === 'csv'
      ? head.rows.map((cells, index) => readCells(cells, index + 1))
      : head.objects.map((object, index) => readObject(object, index + 1))
  return { refused: [], unmapped: unmappedValues(result.plan, head.rows), outcome: previewOutcomes(outcomes) }
}
