import { type Completion, completeRow, type Defaults, type StagedRow } from './complete-row.ts'
import { itemCount, tooManyItems } from './field-types.ts'
import type { CellPlan } from './cell-plan.ts'
import type { RowPlan } from './header.ts'
import { FIELDS } from './kinds.ts'
import { type Problem, problem } from './problems.ts'
import { counted } from '../../base/counted.ts'

export type RowOutcome =
  | { readonly kind: 'row'; readonly row: StagedRow }
  | { readonly kind: 'filtered' }
  | { readonly kind: 'rejected'; readonly problem: Problem }

const FILTERED: RowOutcome = { kind: 'filtered' }

/** Makes a function that reads the cells of one record. A row is accepted whole or rejected whole. */
export function rowReader(plan: RowPlan, defaults: Defaults) {
  const isAttribute = FIELDS[plan.mapping.kind]
  const columns = plan.fields.filter((cell) => !isAttribute[cell.name]?.attribute)
  const attributes = [...plan.fields.filter((cell) => isAttribute[cell.name]?.attribute), ...plan.attributes]
  const completion = completeRow(plan.mapping.kind, defaults)
  return (cells: readonly string[], rowNumber: number): RowOutcome => {
    if (cells.length !== plan.columnCount) return rejected(columnCountProblem(cells.length, plan.columnCount))
    for (const { index, accepts, negated } of plan.conditions) {
      if (accepts.has((cells[index] ?? '').trim()) === negated) return FILTERED
    }
    return readCells(cells, rowNumber, columns, attributes, completion)
  }
}

function readCells(
  cells: readonly string[],
  rowNumber: number,
  columns: readonly CellPlan[],
  attributes: readonly CellPlan[],
  completion: Completion,
): RowOutcome {
  const read: Record<string, string | null> = {}
  let missing: Problem | undefined
  for (const plan of columns) {
    const value = cellValue(plan, cells, rowNumber)
    if (value === null || typeof value === 'string') read[plan.name] = value
    else if (plan.unlessDeleted && value.reason === 'missing_value') {
      read[plan.name] = null
      missing ??= value
    } else return rejected(value)
  }
  if (missing && read['deleted'] !== 'true') return rejected(missing)
  let json = ''
  let listValues = 0
  for (const plan of attributes) {
    const value = cellValue(plan, cells, rowNumber)
    if (value === null) continue
    if (typeof value !== 'string') return rejected(value)
    if (plan.separator !== undefined) {
      listValues += itemCount(plan.read(cells, rowNumber), plan.separator)
      const many = tooManyItems('list', listValues, plan.column)
      if (many) return rejected(many)
    }
    json += `${json === '' ? '' : ','}${JSON.stringify(plan.name)}:${plan.quoted ? JSON.stringify(value) : value}`
  }
  const completed = completion(read, `{${json}}`)
  return 'problem' in completed ? rejected(completed.problem) : { kind: 'row', row: completed.row }
}

/** The stored text of one cell; null when it is empty, which means unknown. */
function cellValue(plan: CellPlan, cells: readonly string[], rowNumber: number): string | null | Problem {
  const text = plan.read(cells, rowNumber)
  const mapped = plan.values ? mappedValue(plan, plan.values, text) : text
  if (mapped === undefined) return problem('unmapped_value', plan.column, text, 'the mapping does not list this value')
  if (mapped !== '' && mapped !== null) return plan.convert(mapped, plan.column)
  return plan.required ? problem('missing_value', plan.column, text, `${plan.name} is required`) : null
}

function mappedValue(
  plan: CellPlan,
  values: ReadonlyMap<string, string | null>,
  text: string,
): string | null | undefined {
  const listed = values.get(text)
  if (listed !== undefined) return listed
  if (text === '' || plan.otherwise === undefined) return text
  return plan.otherwise === 'reject' ? undefined : plan.otherwise
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
