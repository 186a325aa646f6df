import type { CellPlan } from '../import/cell-plan.ts'
import type { RowPlan } from '../import/header.ts'
import type { Mapping } from '../import/mapping.ts'
import type { Reason } from '../import/problems.ts'
import { createCellReader } from '../import/reading/read-cell.ts'
import type { RowOutcome } from '../import/read-row.ts'
import { usesOf } from './column-names.ts'

export interface ColumnPreview {
  readonly column: string
  /** What it fills; empty for a column that is ignored. */
  readonly uses: readonly string[]
  /** Share of the rows in which it holds something. */
  readonly filled: number
  readonly samples: readonly string[]
}

/** A value of a column that becomes nothing: unknown, or a rejected row. */
export interface UnmappedValue {
  readonly column: string
  readonly field: string
  readonly value: string
  readonly count: number
}

const SAMPLES = 3

export function previewColumns(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  mapping: Mapping | undefined,
): readonly ColumnPreview[] {
  return names.map((column, place) => {
    const values = rows.map((cells) => (cells[place] ?? '').trim()).filter((value) => value !== '')
    return {
      column,
      uses: mapping ? usesOf(column, mapping) : [],
      filled: rows.length === 0 ? 0 : values.length / rows.length,
      samples: [...new Set(values)].slice(0, SAMPLES),
    }
  })
}

/** Values that the mapping translates, and that it has no translation for: the most frequent first. */
export function unmappedValues(plan: RowPlan, rows: readonly (readonly string[])[]): readonly UnmappedValue[] {
  const readCell = createCellReader(plan)
  const found = new Map<string, UnmappedValue>()
  for (const field of [...plan.fields, ...plan.attributes].filter(isTranslated)) {
    for (const [index, cells] of rows.entries()) {
      const reading = field.readings.find((one) => one.read(cells, index + 1) !== '')
      if (reading === undefined) continue
      const value = readCell(field, cells, index + 1, { unreadable: [], shortened: [], localTimes: [] })
      if (typeof value === 'string') continue
      if (value !== null && value.reason !== 'unmapped_value') continue
      const text = reading.read(cells, index + 1)
      const column = plan.names[reading.place(cells)] ?? field.name
      const key = JSON.stringify([column, field.name, text])
      found.set(key, { column, field: field.name, value: text, count: (found.get(key)?.count ?? 0) + 1 })
    }
  }
  return [...found.values()].toSorted((one, other) => other.count - one.count)
}

function isTranslated({ readings }: CellPlan): boolean {
  return readings.some(({ translate }) => translate !== undefined)
}

/** What would become of the rows. One record may make several rows. */
export interface OutcomePreview {
  /** Lines that are none of the data: totals, footers. */
  readonly passedOver: number
  readonly taken: number
  readonly filtered: number
  readonly rejected: readonly { readonly reason: Reason; readonly count: number; readonly first: string }[]
  /** The columns with times without an offset that are read as UTC, since nobody has stated a zone. */
  readonly localTimes: readonly string[]
  /** Cells that cannot be read and become unknown, by field. */
  readonly unreadable: readonly { readonly field: string; readonly count: number; readonly first: string }[]
}

export function previewOutcomes(outcomes: readonly RowOutcome[], passedOver: number): OutcomePreview {
  const flat = outcomes.flatMap((outcome) => (outcome.kind === 'rows' ? outcome.rows : [outcome]))
  const problems = flat.flatMap((outcome) => (outcome.kind === 'rejected' ? [outcome.problem] : []))
  const cells = flat.flatMap((outcome) => (outcome.kind === 'row' ? outcome.remarks.unreadable : []))
  return {
    passedOver,
    localTimes: [...new Set(flat.flatMap((outcome) => (outcome.kind === 'row' ? outcome.remarks.localTimes : [])))],
    taken: flat.filter(({ kind }) => kind === 'row').length,
    filtered: flat.filter(({ kind }) => kind === 'filtered').length,
    rejected: [...Map.groupBy(problems, ({ reason }) => reason)].map(([reason, own]) => ({
      reason,
      count: own.length,
      first: sentenceOf(own[0]),
    })),
    unreadable: [...Map.groupBy(cells, ({ field }) => field)].map(([field, own]) => ({
      field,
      count: own.length,
      first: sentenceOf(own[0]?.problem),
    })),
  }
}

interface Told {
  readonly column: string | null
  readonly value: string | null
  readonly message: string
}

function sentenceOf(problem: Told | undefined): string {
  if (!problem) return ''
  const { column, value, message } = problem
  return [...(column === null ? [] : [column]), ...(value === null ? [] : [`"${value}"`]), message].join(', ')
}
