import { counted } from '../../src/core/base/counted.ts'
import { percent } from '../../src/core/base/percent.ts'
import { shownColumns } from '../../src/core/facts/preview/column-names.ts'
import { optionsFor, shownMapping } from '../../src/core/facts/recognition/choose.ts'
import { localTimeNote } from '../../src/jobs/facts/import/findings.ts'
import type { FilePreview } from '../../src/jobs/facts/import/preview/preview-file.ts'

const MOST_VALUES = 20
const FORMATS = { csv: 'CSV', json_lines: 'JSON Lines', json_document: 'JSON' }
const LONGEST_SAMPLE = 24
const WIDEST = 40

/** What an import would make of a file, as text. */
export function previewText(preview: FilePreview): string {
  const { file, format, encoding, rows, isWhole, malformed } = preview
  const all = rows === 1 ? 'the only row' : `all ${counted(rows, 'row')}`
  const part = isWhole ? all : `the first ${counted(rows, 'row')}`
  return [
    `${file}: ${FORMATS[format]}, ${encoding}, ${part} looked at, nothing stored`,
    ...readAs(preview),
    ...preview.refused.map((problem) => `  cannot be imported: ${problem}`),
    '',
    ...columnLines(preview),
    ...unmappedLines(preview),
    ...ignoredLines(preview),
    ...missingLines(preview),
    ...outcomeLines(preview),
    ...(malformed > 0 ? [`  ${counted(malformed, 'line is', 'lines are')} no row`] : []),
  ].join('\n')
}

function readAs({ mapping, alsoReadAs, reason }: FilePreview): readonly string[] {
  if (!mapping) return [`  ${reason}`]
  return [
    `  read as ${shownMapping(mapping)} (${optionsFor(mapping)}), which are ${mapping.mapping.kind}`,
    ...alsoReadAs.map(
      (also) => `  and then as ${shownMapping(also)} (${optionsFor(also)}), which are ${also.mapping.kind}`,
    ),
  ]
}

function columnLines({ columns }: FilePreview): readonly string[] {
  const used = columns.filter(({ uses }) => uses.length > 0)
  const width = Math.min(WIDEST, Math.max(8, ...used.map(({ column }) => column.length)))
  const fields = used.map(({ uses }) => uses.join(', '))
  const fieldWidth = Math.min(WIDEST, Math.max(8, ...fields.map((text) => text.length)))
  return [
    `  ${'column'.padEnd(width)}  ${'field'.padEnd(fieldWidth)}  filled  samples`,
    ...used.map(({ column, filled, samples }, index) => {
      const shown = samples.map((sample) => shortened(sample)).join(' | ')
      return `  ${column.padEnd(width)}  ${(fields[index] ?? '').padEnd(fieldWidth)}  ${percent(filled).padStart(6)}  ${shown}`
    }),
  ]
}

function unmappedLines({ unmapped }: FilePreview): readonly string[] {
  if (unmapped.length === 0) return []
  const shown = unmapped.slice(0, MOST_VALUES)
  const more = unmapped.length - shown.length
  return [
    '  values that map to nothing:',
    ...shown.map(
      ({ column, field, value, count }) => `    ${column} = "${shortened(value)}" (${field}): ${counted(count, 'row')}`,
    ),
    ...(more > 0 ? [`    and ${counted(more, 'more value')}`] : []),
  ]
}

function ignoredLines({ columns }: FilePreview): readonly string[] {
  const ignored = columns.filter(({ uses }) => uses.length === 0)
  return ignored.length === 0
    ? []
    : [`  columns not read: ${ignored.map(({ column }) => column || '(no name)').join(', ')}`]
}

function missingLines({ missing, mapping }: FilePreview): readonly string[] {
  const needed = missing.filter(({ required }) => required)
  const useful = missing.filter(({ required }) => !required)
  return [
    ...needed.map(
      (field) => `  missing, and needed${mapping ? '' : ' for it'}: ${shownColumns(field)} for ${field.field}`,
    ),
    ...(useful.length > 0
      ? [`  would add: ${useful.map((field) => `${shownColumns(field)} for ${field.field}`).join('; ')}`]
      : []),
  ]
}

function outcomeLines({ outcome, rows }: FilePreview): readonly string[] {
  if (!outcome) return []
  const { taken, filtered, rejected, unreadable, passedOver, localTimes } = outcome
  const lost = rejected.reduce((sum, { count }) => sum + count, 0)
  return [
    `  of ${counted(rows, 'row')}: ${taken} could be taken, ${filtered} are left out by the mapping, ${lost} would be rejected`,
    ...localTimes.slice(0, 1).map((column) => `    ${localTimeNote(column)}`),
    ...(passedOver > 0 ? [`    ${counted(passedOver, 'line is', 'lines are')} no data: totals, footers`] : []),
    ...rejected.map(({ reason, count, first }) => `    ${reason}: ${count}, the first: ${first}`),
    ...unreadable.map(
      ({ field, count, first }) => `    ${field}: ${counted(count, 'cell')} that cannot be used, the first: ${first}`,
    ),
  ]
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > LONGEST_SAMPLE ? `${line.slice(0, LONGEST_SAMPLE - 1)}…` : line
}

export function previewJson(preview: FilePreview) {
  const { mapping, alsoReadAs, columns, missing, toEdit: _toEdit, isWhole, ...rest } = preview
  return {
    ...rest,
    is_whole: isWhole,
    preset: mapping && { system: mapping.system, name: mapping.name, kind: mapping.mapping.kind },
    also_read_as: alsoReadAs.map(({ system, name }) => `${system}/${name}`),
    columns,
    missing: missing.map(({ field, required, columns: names }) => ({ field, required, columns: names })),
  }
}
