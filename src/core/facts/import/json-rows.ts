import type { FieldType } from './field-types.ts'
import { planRows, type RowPlan } from './header.ts'
import { mappedColumns } from './mapped-columns.ts'
import { jsonCells, type JsonColumn, unreadKeys } from './json-cells.ts'
import { FIELDS } from './kinds.ts'
import type { Mapping } from './mapping.ts'
import { problem } from './problems.ts'
import type { RowOutcome } from './read-row.ts'

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
  rowReader: (plan: RowPlan) => ReadCells,
): (object: JsonObject, rowNumber: number) => RowOutcome {
  let columns: readonly string[] = startingColumns(mapping)
  let known = knownKeys(columns)
  let reader: ((object: JsonObject, rowNumber: number) => RowOutcome) | undefined
  const plan = (names: readonly string[]) => {
    const result = planRows(names, mapping, hasDefaultSource)
    if (result.kind === 'refused') return result
    const read = rowReader(result.plan)
    const cells = jsonCells(names.map((name) => columnOf(name, result.plan)))
    const readObject = (object: JsonObject, rowNumber: number): RowOutcome => {
      const found = cells(object)
      return 'reason' in found ? { kind: 'rejected', problem: found } : read(found, rowNumber)
    }
    return { kind: 'reader' as const, readObject }
  }
  return (object, rowNumber) => {
    const unread = mapping.ignore === 'rest' ? unreadFields(object, known, mapping) : unreadKeys(object, known)
    if (unread.length > 0 || !reader) {
      const wider = [...columns, ...unread]
      const result = wider.length > MAX_COLUMNS ? TOO_MANY : plan(wider)
      if (result.kind === 'refused') {
        return {
          kind: 'rejected',
          problem: problem('unknown_key', unread[0] ?? null, null, result.problems.join('; ')),
        }
      }
      columns = wider
      known = knownKeys(columns)
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

function unreadFields(object: JsonObject, known: ReadonlySet<string>, mapping: Mapping): string[] {
  return unreadKeys(object, known).filter((key) => key in FIELDS[mapping.kind] || key === 'is_deleted')
}

/** A nested value's column also accounts for the key that it begins with. */
function knownKeys(columns: readonly string[]): ReadonlySet<string> {
  return new Set(columns.flatMap((name) => [name, name.split('.')[0] ?? name]))
}

function columnOf(name: string, plan: RowPlan): JsonColumn {
  const cell = [...plan.fields, ...plan.attributes].find((candidate) => candidate.column === name)
  const isRest = plan.mapping.attributes === 'rest' && plan.attributes.some((attribute) => attribute.column === name)
  return { name, separator: cell?.separator ?? ';', isRest: isRest || cell === undefined, type: typeOf(name, plan) }
}

/** The type of a field under its standard name. A column named by the mapping may hold any value, since it may be translated. */
function typeOf(name: string, { mapping, fields }: RowPlan): FieldType['type'] | undefined {
  const isStandard = !(name in mapping.columns) && fields.some((field) => field.name === name && field.column === name)
  return isStandard ? FIELDS[mapping.kind][name]?.type.type : undefined
}
