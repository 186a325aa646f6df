import type { CellPlan } from './cell-plan.ts'
import type { FieldType } from './field-types.ts'
import { planRows, type RowPlan } from './header.ts'
import { mappedColumns } from './mapped-columns.ts'
import { jsonCells, type JsonColumn, pathOf, unreadKeys } from './json-cells.ts'
import { FIELDS } from './kinds.ts'
import type { Mapping } from './mapping.ts'
import { problem } from './problems.ts'
import { type RowOutcome, withUnreadable } from './read-row.ts'
import { plain } from './reading/plain-text.ts'
import type { UnreadableCell } from './complete-row.ts'

type JsonObject = Readonly<Record<string, unknown>>
type ReadCells = (cells: readonly string[], rowNumber: number) => RowOutcome

const MAX_COLUMNS = 2_000

/**
 * Rows of JSON objects, by the same plan as rows of a CSV file. There is no header: the columns are those that the mapping
 * names and the keys met so far, and a key met for the first time makes a new plan. A row with an
 * unknown key is rejected, not the file.
 */
export function jsonRowReader(
  mapping: Mapping,
  hasDefaultSource: boolean,
  rowReader: (plan: RowPlan, options: { readonly isEmptyList: boolean }) => ReadCells,
): (object: JsonObject, rowNumber: number) => RowOutcome {
  let columns: readonly string[] = startingColumns(mapping)
  /** Of a column, the keys that differ from its name in case only. */
  const spellings = new Map<string, readonly string[]>()
  let known = knownKeys(columns, spellings)
  let reader: ((object: JsonObject, rowNumber: number) => RowOutcome) | undefined
  const plan = (names: readonly string[]) => {
    const result = planRows(names, mapping, hasDefaultSource)
    if (result.kind === 'refused') return result
    // A key that is not there may be one that was not asked for.
    const read = rowReader(result.plan, { isEmptyList: false })
    const cells = jsonCells(names.map((name, place) => columnOf(name, place, result.plan, spellings.get(name) ?? [])))
    const readObject = (object: JsonObject, rowNumber: number): RowOutcome => {
      const unreadable: UnreadableCell[] = []
      const found = cells(object, unreadable)
      return 'reason' in found
        ? { kind: 'rejected', problem: found }
        : withUnreadable(read(found, rowNumber), unreadable)
    }
    return { kind: 'reader' as const, readObject }
  }
  return (object, rowNumber) => {
    const unread = mapping.ignore === 'rest' ? unreadFields(object, known, mapping) : unreadKeys(object, known)
    if (unread.length > 0 || !reader) {
      const wider = [...columns]
      for (const key of unread) {
        const name = columns.find((column) => plain(firstKey(column)) === plain(key))
        if (name === undefined) wider.push(key)
        else spellings.set(name, [...(spellings.get(name) ?? []), key])
      }
      const result = wider.length > MAX_COLUMNS ? TOO_MANY : plan(wider)
      if (result.kind === 'refused') {
        return {
          kind: 'rejected',
          problem: problem('unknown_key', unread[0] ?? null, null, result.problems.join('; ')),
        }
      }
      columns = wider
      known = knownKeys(columns, spellings)
      reader = result.readObject
    }
    return reader(object, rowNumber)
  }
}

const TOO_MANY = { kind: 'refused', problems: [`more than ${MAX_COLUMNS} different keys`] } as const

/** The columns that the mapping names, and the required ones. */
function startingColumns(mapping: Mapping): string[] {
  const mapped = mappedColumns(mapping)
  const required = Object.entries(FIELDS[mapping.kind])
    .filter(([name, field]) => field.required && name !== 'provider' && !(name in mapping.columns))
    .map(([name]) => name)
  return [...new Set([...mapped, ...required])]
}

/** Keys that nothing asked for are passed over, unless they bear the name of a column or of a field. */
function unreadFields(object: JsonObject, known: ReadonlySet<string>, mapping: Mapping): string[] {
  const fields = [...Object.keys(FIELDS[mapping.kind]), 'is_deleted', ...[...known].map(firstKey)]
  const wanted = new Set(fields.map(plain))
  return unreadKeys(object, known).filter((key) => wanted.has(plain(key)))
}

/** A nested value's column also accounts for the key that it begins with. */
function knownKeys(columns: readonly string[], spellings: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  return new Set([...columns.flatMap((name) => [name, firstKey(name)]), ...[...spellings.values()].flat()])
}

function firstKey(column: string): string {
  return pathOf(column)[0] ?? column
}

function columnOf(name: string, place: number, plan: RowPlan, spellings: readonly string[]): JsonColumn {
  const readers = [...plan.fields, ...plan.attributes].filter(({ readings }) =>
    readings.some(({ places }) => places.includes(place)),
  )
  const cell = readers.find(({ readings }) => readings.some(({ places, hashes }) => !hashes && places.includes(place)))
  const isCondition = plan.conditions.some(({ places }) => places.includes(place))
  return {
    name,
    spellings,
    separator: separatorOf(cell, place, plan),
    field: cell?.name ?? name,
    isRead: readers.length > 0 || isCondition,
    isRest: cell === undefined || (plan.mapping.attributes === 'rest' && plan.attributes.includes(cell)),
    decides: plan.mapping.strict === true || isCondition || readers.some(({ decides }) => decides),
    type: typeOf(name, place, plan),
    isNumber: cell?.isNumber ?? false,
    isParted: cell !== undefined && cell.name === plan.mapping.rows_per?.field,
  }
}

/** What the field reads as the end of an item. */
function separatorOf(cell: CellPlan | undefined, place: number, { mapping }: RowPlan): string {
  const { rows_per: rowsPer } = mapping
  if (cell !== undefined && cell.name === rowsPer?.field) return rowsPer.separator
  const taken = cell?.readings.find(({ places }) => places.includes(place))?.takesFirst
  return cell?.separator ?? taken ?? ';'
}

/** The type of a field under its standard name. A column named by the mapping may hold any value, since it may be translated. */
function typeOf(name: string, place: number, { mapping, fields }: RowPlan): FieldType['type'] | undefined {
  const isStandard = !(name in mapping.columns) && fields.some((field) => field.name === name && isOnly(field, place))
  return isStandard ? FIELDS[mapping.kind][name]?.type.type : undefined
}

function isOnly({ readings }: CellPlan, place: number): boolean {
  return readings.every(({ places }) => places.every((candidate) => candidate === place))
}
