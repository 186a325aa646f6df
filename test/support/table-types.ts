import { readSources, withoutComments } from '../architecture/sources.ts'

/** A column as the TypeScript of src/store says it. */
export interface ColumnOfType {
  /** What is read, without null: `number`, `Instant`, `json`, … */
  readonly type: string
  readonly nullable: boolean
  /** Whether an insert may leave it out. */
  readonly optional: boolean
  /** No insert may name it. */
  readonly generatedAlways: boolean
  /** The texts that are allowed, where they are written out. */
  readonly values: readonly string[] | null
}

type Tables = ReadonlyMap<string, ReadonlyMap<string, ColumnOfType>>

/**
 * The tables of `Database` in schema.ts and the files beside it. A reader of the few forms that these files are written in:
 * whatever else stands there throws, so that nothing is passed over.
 */
export function readTableTypes(): Tables {
  const text = readSources('src/store')
    .filter(({ name }) => name.startsWith('src/store/database/tables/'))
    .map((file) => ({ ...file, text: withoutComments(file.text).replaceAll(/^import [^]*?from '.*'$/gm, '') }))
  const tables = new Map<string, ReadonlyMap<string, ColumnOfType>>()
  for (const { name, text: code } of text) {
    const interfaces = readInterfaces(code)
    const aliases = new Map(
      [...code.matchAll(/^type (\w+)(?:<\w+>)? = (.*)$/gm)].map(([, alias = '', type = '']) => [alias, type]),
    )
    const roots = [...interfaces].filter(([root]) => root === 'Database' || root.endsWith('Tables'))
    if (roots.length !== 1) throw new Error(`${name} must have one interface of tables, has ${roots.length}`)
    for (const [, members] of roots) {
      for (const [table, type] of members) {
        const columns = type.startsWith('{') ? readMembers(type.slice(1, -1)) : interfaces.get(type)
        if (!columns) throw new Error(`${name}: ${table} is of the type ${type}, which is not there`)
        tables.set(table, new Map([...columns].map(([column, written]) => [column, columnOf(written, aliases)])))
      }
    }
  }
  return tables
}

function readInterfaces(code: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const found = new Map<string, ReadonlyMap<string, string>>()
  for (const match of code.matchAll(/^(?:export )?interface (\w+)[^{]*\{\n([^]*?)^\}/gm)) {
    found.set(match[1] ?? '', readMembers(match[2] ?? ''))
  }
  return found
}

/** `name: type` for each member; a type goes on until its brackets are closed. */
function readMembers(body: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>()
  let rest = body.trim()
  while (rest !== '') {
    const start = /^(\w+): /.exec(rest)
    if (!start) throw new Error(`not the member of a table: ${rest.slice(0, 60)}`)
    let depth = 0
    let end = start[0].length
    for (; end < rest.length && (depth > 0 || rest[end] !== '\n'); end += 1) {
      if ('<{['.includes(rest.charAt(end))) depth += 1
      if ('>}]'.includes(rest.charAt(end))) depth -= 1
    }
    members.set(start[1] ?? '', rest.slice(start[0].length, end).trim())
    rest = rest.slice(end).trim()
  }
  return members
}

function columnOf(written: string, aliases: ReadonlyMap<string, string>): ColumnOfType {
  const [, wrapper, inside = ''] = /^(\w+)<([^]*)>$/.exec(written) ?? []
  const alias = aliases.get(wrapper ?? written)
  if (alias !== undefined) return columnOf(alias.replaceAll(/\bValue\b/g, inside), aliases)
  switch (wrapper) {
    case 'GeneratedAlways':
      return { ...readType(inside), optional: true, generatedAlways: true }
    case 'Generated':
      return { ...readType(inside), optional: true, generatedAlways: false }
    case 'ColumnType': {
      const [read = '', insert = ''] = splitArguments(inside)
      const optional = insert === 'never' || /\bundefined\b/.test(insert)
      return { ...readType(read), optional, generatedAlways: false }
    }
    default:
      return { ...readType(written), optional: false, generatedAlways: false }
  }
}

function splitArguments(text: string): readonly string[] {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if ('<{['.includes(letter)) depth += 1
    if ('>}]'.includes(letter)) depth -= 1
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts.map((part) => part.trim())
}

const SCALARS = ['number', 'string', 'boolean', 'Instant', 'IsoDate', 'Buffer', 'string[]', 'number[]']

function readType(written: string): Pick<ColumnOfType, 'type' | 'nullable' | 'values'> {
  const nullable = written.endsWith(' | null')
  const type = nullable ? written.slice(0, -' | null'.length) : written
  const literals = type.split(' | ').map((part) => /^'(.*)'$/.exec(part)?.[1])
  if (literals.every((literal) => literal !== undefined))
    return { type: 'string', nullable, values: literals.toSorted() }
  // Texts that core lists.
  if (type === 'Stage') return { type: 'string', nullable, values: null }
  return { type: SCALARS.includes(type) ? type : 'json', nullable, values: null }
}
