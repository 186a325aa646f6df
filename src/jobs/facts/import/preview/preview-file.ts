import { planRows, type RowPlan } from '../../../../core/facts/import/header.ts'
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
import { jsonRowReader } from '../../../../core/facts/import/json-rows.ts'
import { isFooter, isLone, leftoverReader } from '../../../../core/facts/import/reading/leftovers.ts'
import { createNotationFinder } from '../../../../core/facts/import/values/file-notation.ts'
import { hintOf, looksLike, otherThan } from '../../../../core/facts/recognition/other-system.ts'
import { alsoReadBy, OF_FILE, STANDARD } from '../../../../core/facts/recognition/choose.ts'
import type { KnownMapping } from '../../../../core/facts/recognition/recognise.ts'
import { choiceOf, whyNot } from '../folder/recognise-files.ts'
import { type ImportOptions, readingOf } from '../import.ts'
import { knownMappings } from '../presets.ts'
import type { ReadOptions } from '../read-file.ts'
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
  /** What else an import of all that is recognised reads in it. */
  readonly alsoReadAs: readonly KnownMapping[]
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

export interface PreviewOptions extends Omit<ImportOptions, 'kind' | 'files' | 'mapping'> {
  /** Read by this mapping, whatever the columns say. */
  readonly forced?: KnownMapping | undefined
}

/** What an import of the file would make of its first rows. Nothing is stored. */
export async function previewFile(
  file: string,
  known: readonly KnownMapping[],
  options: PreviewOptions,
): Promise<FilePreview> {
  const { encoding, delimiter, sheet, source, forced } = options
  const head = await readHead(file, { rows: PREVIEW_ROWS, encoding, delimiter, sheet })
  const choice = forced ? ({ kind: 'fits', mapping: forced } as const) : choiceOf(head, known, source)
  const nearest = choice.kind === 'none' ? choice.nearest : undefined
  const chosen = choice.kind === 'fits' ? choice.mapping : undefined
  const shown = chosen ?? nearest
  const other = chosen && otherThanAsked(chosen, head.names, known, forced !== undefined)
  const seen = {
    file,
    format: head.format,
    encoding: head.encoding,
    rows: head.rows.length,
    isWhole: head.isWhole,
    malformed: head.malformed,
    mapping: chosen,
    alsoReadAs: chosen && !other && !forced ? alsoReadBy(chosen, head.names, known) : [],
    reason: choice.kind === 'fits' ? undefined : whyNot(choice, head, known, { everyMapping: knownMappings(), source }),
    columns: previewColumns(head.names, head.rows, shown?.mapping),
    missing: shown ? missingFields(shown.mapping, head.names) : [],
    toEdit: shown && mappingToEdit(shown, head.names),
  }
  if (chosen && !other) return { ...seen, ...outcomeOf(head, chosen, options) }
  return { ...seen, refused: other ? [looksLike(other)] : [], unmapped: [], outcome: undefined }
}

/** As an import refuses it: where a preset is asked for, and the file clearly is another's. */
function otherThanAsked(
  { system, name }: KnownMapping,
  names: readonly string[],
  known: readonly KnownMapping[],
  isForced: boolean,
): KnownMapping | undefined {
  const all = knownMappings()
  const preset = all.find((one) => one.system === system && one.name === name)
  return preset && (isForced || known.length < all.length) ? otherThan(preset, names, all) : undefined
}

function outcomeOf(
  head: FileHead,
  { system, mapping }: KnownMapping,
  { forced: _, ...options }: PreviewOptions,
): Pick<FilePreview, 'refused' | 'unmapped' | 'outcome'> {
  const isPreset = system !== STANDARD && system !== OF_FILE
  const given = { ...options, kind: mapping.kind, files: [head.path], mapping, isPreset }
  const first = readingOf(given)
  const result = planRows(head.names, first.mapping, first.hasDefaultSource)
  if (result.kind === 'refused') {
    const hint = hintOf(head.names, knownMappings())
    return { refused: hint === '' ? result.problems : [...result.problems, hint], unmapped: [], outcome: undefined }
  }
  const { mapping: stated, ...reading } = readingOf(given, {
    ...first.mapping,
    notation: notationOf(head, first, result.plan),
  })
  const settled = planRows(head.names, stated, first.hasDefaultSource)
  const plan = settled.kind === 'plan' ? settled.plan : result.plan
  const readCells = reading.rowReader(plan)
  const readObject = reading.jsonReader()
  const isLeftover = leftoverFinder(plan)
  const rows = head.format === 'csv' ? head.rows.filter((cells) => !isLeftover(cells)) : head.rows
  const outcomes =
    head.format === 'csv'
      ? rows.map((cells, index) => readCells(cells, index + 1))
      : head.objects.map((object, index) => readObject(object, index + 1))
  return {
    refused: [],
    unmapped: unmappedValues(plan, rows),
    outcome: previewOutcomes(outcomes, head.rows.length - rows.length),
  }
}

/** Lines of titles, totals and footers, as far as each tells by itself. */
function leftoverFinder(plan: RowPlan): (cells: readonly string[]) => boolean {
  const leftoverOf = leftoverReader(plan)
  return (cells) =>
    isFooter(cells) || leftoverOf(cells) !== undefined || (cells.length < plan.names.length && isLone(cells))
}

/** What could be read two ways, these rows settle; in an import, all rows do. */
function notationOf(head: FileHead, { mapping, hasDefaultSource }: ReadOptions, plan: RowPlan) {
  const { rowReader, found } = createNotationFinder()
  if (head.format === 'csv') {
    const read = rowReader(plan)
    for (const [index, cells] of head.rows.entries()) read(cells, index + 1)
  } else {
    const read = jsonRowReader(mapping, hasDefaultSource, rowReader)
    for (const [index, object] of head.objects.entries()) read(object, index + 1)
  }
  return found()
}
