import type { CellPlan } from './cell-plan.ts'
import { type Completion, completeRow, type Defaults, type StagedRow, type UnreadableCell } from './complete-row.ts'
import { itemCount, tooManyItems } from './field-types.ts'
import type { RowPlan } from './header.ts'
import { FIELDS } from './kinds.ts'
import { type Problem, problem } from './problems.ts'
import { counted } from '../../base/counted.ts'
import { isBlank } from './reading/leftovers.ts'
import { localTimeFinder } from './reading/local-times.ts'
import { columnFinder, createCellReader, type Remarks } from './reading/read-cell.ts'
import { type Part, rowParter, withItem } from './reading/rows-per.ts'

export type RowOutcome =
  | { readonly kind: 'row'; readonly row: StagedRow; readonly remarks: Remarks }
  /** A condition of the mapping leaves it out, or its list names nobody: `emptied` is then its record. */
  | { readonly kind: 'filtered'; readonly emptied?: StagedRow }
  | { readonly kind: 'rejected'; readonly problem: Problem }
  /** Of a record that holds a list of which each item makes a row. */
  | { readonly kind: 'rows'; readonly rows: readonly RowOutcome[] }

const FILTERED: RowOutcome = { kind: 'filtered' }

/**
 * Makes a function that reads the cells of one record. A cell that cannot be read costs the row where its field is required
 * or decides what the row says; else the value is unknown, and the outcome lists the cell.
 */
export function rowReader(plan: RowPlan, defaults: Defaults, { isEmptyList = true } = {}) {
  const isAttribute = FIELDS[plan.mapping.kind]
  const columns = plan.fields.filter((cell) => !isAttribute[cell.name]?.attribute)
  const attributes = [...plan.fields.filter((cell) => isAttribute[cell.name]?.attribute), ...plan.attributes]
  const reading: RowReading = {
    columns,
    attributes,
    isStrict: plan.mapping.strict === true,
    readCell: createCellReader(plan),
    completion: completeRow(plan.mapping.kind, defaults),
    columnOf: columnFinder(plan),
    localTimeIn: defaults.assumesUtc ? localTimeFinder(plan) : undefined,
  }
  const part = rowParter(plan, isEmptyList)
  const partedBy = plan.mapping.rows_per?.field ?? ''
  const isWanted = (cells: readonly string[]) => plan.conditions.every(({ holds }) => holds(cells))
  const others = { ...reading, columns: columns.filter(({ name }) => name !== partedBy) }
  const isLink = plan.mapping.kind === 'opportunity-contacts'
  const readPart = (own: Part, rowNumber: number): RowOutcome => {
    const outcome = readCells(own.cells, rowNumber, isLink && own.item === null ? others : reading)
    if (outcome.kind !== 'row') return outcome
    const row = withItem(outcome.row, partedBy, own)
    // A link to nobody is none.
    return isLink && own.item === null ? { kind: 'filtered', emptied: row } : { ...outcome, row }
  }
  return (given: readonly string[], rowNumber: number): RowOutcome => {
    const { length } = plan.names
    const cells = given.length === length ? given : withoutEmptyEnd(given, length)
    if ('reason' in cells) return rejected(cells)
    if (!isWanted(cells)) return FILTERED
    const [first, ...more] = part ? part(cells) : []
    if (first && more.length > 0) return { kind: 'rows', rows: [first, ...more].map((own) => readPart(own, rowNumber)) }
    const outcome = first ? readPart(first, rowNumber) : readCells(cells, rowNumber, reading)
    const isCut = given.length < length && outcome.kind === 'rejected' && outcome.problem.reason === 'missing_value'
    return isCut ? rejected(columnCountProblem(given.length, length)) : outcome
  }
}

/** The outcome of a row of which other cells were found to be unreadable before. */
export function withUnreadable(outcome: RowOutcome, cells: readonly UnreadableCell[]): RowOutcome {
  if (cells.length === 0 || outcome.kind === 'filtered') return outcome
  if (outcome.kind === 'rejected') return rejected(causeOf(outcome.problem, cells))
  if (outcome.kind === 'rows')
    return { kind: 'rows', rows: outcome.rows.map((row, index) => (index === 0 ? withUnreadable(row, cells) : row)) }
  return { ...outcome, remarks: { ...outcome.remarks, unreadable: [...cells, ...outcome.remarks.unreadable] } }
}

/** What is missing may be a cell that could not be read: then that is what has to be corrected. */
function causeOf(found: Problem, cells: readonly UnreadableCell[]): Problem {
  return cells.find(({ field }) => field === found.column)?.problem ?? found
}

interface RowReading {
  readonly columns: readonly CellPlan[]
  readonly attributes: readonly CellPlan[]
  readonly isStrict: boolean
  readonly readCell: ReturnType<typeof createCellReader>
  readonly completion: Completion
  readonly columnOf: ReturnType<typeof columnFinder>
  readonly localTimeIn: ReturnType<typeof localTimeFinder> | undefined
}

function readCells(cells: readonly string[], rowNumber: number, reading: RowReading): RowOutcome {
  const read: Record<string, string | null> = {}
  const remarks: Remarks = { unreadable: [], shortened: [], localTimes: [] }
  let missing: Problem | undefined
  for (const plan of reading.columns) {
    const value = reading.readCell(plan, cells, rowNumber, remarks)
    if (value === null || typeof value === 'string') read[plan.name] = value
    else if (plan.unlessDeleted && value.reason === 'missing_value') {
      read[plan.name] = null
      missing ??= value
    } else return rejected(value)
  }
  if (missing && read['deleted'] !== 'true') return rejected(missing)
  const attributes = attributesOf(cells, rowNumber, reading, remarks)
  if (typeof attributes !== 'string') return rejected(attributes)
  const completed = reading.completion(read, attributes, (field) => reading.columnOf(field, cells, rowNumber))
  if ('row' in completed) {
    const local = reading.localTimeIn?.(cells, rowNumber)
    if (local !== undefined) remarks.localTimes.push(local)
    if (completed.unreadable) remarks.unreadable.push(...completed.unreadable)
    return { kind: 'row', row: completed.row, remarks }
  }
  return rejected(causeOf(completed.problem, remarks.unreadable))
}

/** As JSON. */
function attributesOf(
  cells: readonly string[],
  rowNumber: number,
  { attributes, readCell, isStrict }: RowReading,
  remarks: Remarks,
): string | Problem {
  let json = ''
  let listValues = 0
  for (const plan of attributes) {
    const value = readCell(plan, cells, rowNumber, remarks)
    if (value === null) continue
    if (typeof value !== 'string') return value
    if (plan.separator !== undefined) {
      const items = itemCount(value, BETWEEN_ITEMS)
      const many = tooManyItems('list', listValues + items, plan.name)
      if (many && isStrict) return many
      if (many) {
        remarks.unreadable.push({ field: plan.name, problem: many })
        continue
      }
      listValues += items
    }
    json += `${json === '' ? '' : ','}${JSON.stringify(plan.name)}:${plan.quoted ? JSON.stringify(value) : value}`
  }
  return `{${json}}`
}

/** Of a list as JSON. Within an item a quote is escaped. */
const BETWEEN_ITEMS = '","'

/** A spreadsheet leaves out empty cells at the end of a row, or adds some. */
function withoutEmptyEnd(cells: readonly string[], length: number): readonly string[] | Problem {
  if (cells.length < length) return [...cells, ...Array.from({ length: length - cells.length }, () => '')]
  return isBlank(cells.slice(length)) ? cells.slice(0, length) : columnCountProblem(cells.length, length)
}

function rejected(found: Problem): RowOutcome {
  return { kind: 'rejected', problem: found }
}

function columnCountProblem(got: number, expected: number): Problem {
  return problem(
    'wrong_column_count',
    null,
    null,
    `expected ${counted(expected, 'column')} as in the header, got ${got}`,
  )
}
