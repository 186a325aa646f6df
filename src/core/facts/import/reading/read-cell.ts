import { isUnknownText } from '../../identity/keys.ts'
import type { CellPlan, CellReading } from '../cell-plan.ts'
import type { UnreadableCell } from '../complete-row.ts'
import type { RowPlan } from '../header.ts'
import { type Problem, problem } from '../problems.ts'
import { bracketedItems } from '../values/list-text.ts'

/** What else there is to say of a row that is kept. */
export interface Remarks {
  readonly unreadable: UnreadableCell[]
  /** The columns of which the first of several ids was taken. */
  readonly shortened: string[]
  /** A column with a time without an offset, of a file for which nobody has stated the zone. */
  readonly localTimes: string[]
}

type Value = string | null | Problem

/**
 * Makes a function that gives the stored text of a field: null when it is unknown, a problem when it costs the row. What it
 * costs only the cell is added to the remarks.
 */
export function createCellReader({ names, mapping }: Pick<RowPlan, 'names' | 'mapping'>) {
  const readAny = anyCellReader(names, mapping.strict === true)
  return (plan: CellPlan, cells: readonly string[], rowNumber: number, remarks: Remarks): Value => {
    // Most cells: one column as it is, and nothing wrong with it.
    const { usual } = plan
    if (usual) {
      const text = cells[usual.place]?.trim() ?? ''
      const found = text === '' ? null : usual.convert(text, plan.name)
      if (typeof found === 'string' || (found === null && !plan.required)) return found
    }
    return readAny(plan, cells, rowNumber, remarks)
  }
}

function anyCellReader(names: readonly string[], isStrict: boolean) {
  return (plan: CellPlan, cells: readonly string[], rowNumber: number, remarks: Remarks): Value => {
    const noted = (found: Problem) => void remarks.unreadable.push({ field: plan.name, problem: found })
    const read = (reading: CellReading): Value => {
      const value = readingValue(reading, cells, rowNumber, plan.name, names, remarks)
      if (isStrict || value === null || typeof value === 'string' || plan.separator === undefined) return value
      const items = readableItems(reading.read(cells, rowNumber), plan.separator, reading.convert)
      if (items === null) return value
      noted(value)
      return items
    }
    const value = plan.anyTrue ? anyTrue(plan, read, noted) : firstValue(plan, read)
    if (value === null) return plan.required ? missing(plan, cells, names) : null
    if (typeof value === 'string' || isStrict || plan.decides || value.reason === 'unmapped_value') return value
    noted(value)
    return null
  }
}

function firstValue({ readings }: CellPlan, read: (reading: CellReading) => Value): Value {
  for (const reading of readings) {
    const value = read(reading)
    if (value !== null) return value
  }
  return null
}

/** A yes beside a no is a yes. Beside a no, what cannot be read may be a yes, so that neither is known. */
function anyTrue(
  { readings }: CellPlan,
  read: (reading: CellReading) => Value,
  noted: (found: Problem) => void,
): Value {
  const values = readings.map(read)
  const yes = values.find((value) => value === 'true')
  if (yes !== undefined) return yes
  const [bad, ...others] = values.filter((value) => value !== null && typeof value !== 'string')
  for (const found of others) noted(found)
  return bad ?? values.find((value) => value !== null) ?? null
}

function readingValue(
  reading: CellReading,
  cells: readonly string[],
  rowNumber: number,
  field: string,
  names: readonly string[],
  remarks: Remarks,
): Value {
  const { translate, otherwise, takesFirst, contradicts } = reading
  let text = reading.read(cells, rowNumber)
  if (contradicts) {
    if (!contradicts.isOne(text)) return null
    const column = columnOf(reading, cells, names, field)
    return problem(
      'unmapped_value',
      column,
      text,
      contradiction([reading.place(cells), ...contradicts.places], cells, names),
    )
  }
  if (takesFirst !== undefined && (text.includes(takesFirst) || BRACKET.test(text))) {
    const [first = '', ...others] = itemsOf(text, takesFirst)
    if (others.length > 0) remarks.shortened.push(columnOf(reading, cells, names, field))
    text = first
  }
  if (translate) {
    const listed = translate(text)
    if (listed === null) return null
    if (listed !== undefined) text = listed
    else if (text !== '' && otherwise !== undefined) {
      if (otherwise === 'reject')
        return problem(
          'unmapped_value',
          columnOf(reading, cells, names, field),
          text,
          reading.areFlags ? contradiction(reading.places, cells, names) : 'the mapping does not list this value',
        )
      if (otherwise === null) return null
      text = otherwise
    }
  }
  return text === '' ? null : reading.convert(text, columnOf(reading, cells, names, field))
}

/** What the user sees: `"IsClosed" is "false" and "IsWon" is "true"`. */
function contradiction(places: readonly number[], cells: readonly string[], names: readonly string[]): string {
  const filled = places.filter((place) => (cells[place] ?? '').trim() !== '')
  const said = filled.map(
    (place) => `${JSON.stringify(names[place])} is ${JSON.stringify((cells[place] ?? '').trim())}`,
  )
  return `a contradiction: ${said.join(' and ')}; correct one of them`
}

function columnOf(reading: CellReading, cells: readonly string[], names: readonly string[], field: string): string {
  return names[reading.place(cells)] ?? field
}

/** Makes a function that names the column which fills a field in a row: the field itself where none does. */
export function columnFinder({ names, fields }: Pick<RowPlan, 'names' | 'fields'>) {
  return (field: string, cells: readonly string[], rowNumber: number): string => {
    const readings = fields.find(({ name }) => name === field)?.readings ?? []
    const filled = readings.find((reading) => reading.read(cells, rowNumber) !== '') ?? readings[0]
    return filled ? columnOf(filled, cells, names, field) : field
  }
}

/** Without those that say that there is nothing. */
export function itemsOf(text: string, separator: string): string[] {
  const items = bracketedItems(text) ?? text.split(separator).map((item) => item.trim())
  return [...new Set(items)].filter((item) => item !== '' && !isUnknownText(item))
}

const BRACKET = /^[[{]/

/** The items of a list that can be read each by itself, as a list; null when none can. */
function readableItems(text: string, separator: string, convert: CellReading['convert']): string | null {
  const good = itemsOf(text, separator).filter((item) => typeof convert(item, '') === 'string')
  const list = good.length === 0 ? null : convert(good.join(separator), '')
  return typeof list === 'string' ? list : null
}

function missing(plan: CellPlan, cells: readonly string[], names: readonly string[]): Problem {
  const column = names[plan.readings[0]?.place(cells) ?? -1] ?? plan.name
  return problem('missing_value', column, '', `${plan.name} is required`)
}
